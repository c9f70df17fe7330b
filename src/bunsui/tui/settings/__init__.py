"""The screen of the interface's own settings."""
