"""Home: all sessions, newest first, a page at a time, live."""
