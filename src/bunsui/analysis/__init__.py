"""Conclusions from a history: progress, checkpoints, timelines. Pure functions; nothing here reads or writes."""
