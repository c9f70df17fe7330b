"""One module a command or noun: it parses, calls one service and writes. `help` lists them without importing any."""
