"""The command line: parse, one service call, one output call."""
