"""The service integrations that local machines may call, a module each. The table of them is in `table`."""
