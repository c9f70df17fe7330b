"""The tour for who is here for the first time."""
