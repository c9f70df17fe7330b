"""What services tell, as lines of text for a terminal: sessions, plans, failures, graphs. Both faces show them.

Pure: time, width and style are handed in; commands, keys and screens are in `cli` and `tui`.
"""
