"""Amazon States Language: a machine, and the pure `advance` that interprets it. No clock, no I/O, no randomness."""
