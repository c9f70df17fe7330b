"""One session: its operations and graph, timeline, log, errors, values and history; live."""
