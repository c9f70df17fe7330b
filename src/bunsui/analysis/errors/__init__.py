"""From a failure's history, logs and service messages to what kind of failure it is. Pure; stored by `services`."""
