"""Logs: the merged log of a session, its archive, searching and following it."""
