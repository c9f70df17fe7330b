"""Errors: ErrorHandler, what failed in sessions and why, kept once, over all sessions."""
