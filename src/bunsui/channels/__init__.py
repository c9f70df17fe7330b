"""The channels of alerts: the console, and everything that apprise speaks. What is sent is decided in `services`."""
