"""The editor of pipeline files: text in colours with its problems at their lines, what may be written, its graph."""
