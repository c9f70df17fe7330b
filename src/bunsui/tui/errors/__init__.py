"""Errors: the failures of all sessions together, by their kind; one kind with its evidence and its sessions."""
