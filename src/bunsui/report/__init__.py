"""A session as one HTML file that needs nothing else. Pure rendering: what it shows is read in `services`."""
