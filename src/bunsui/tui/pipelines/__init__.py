"""Pipelines: the registered ones, one of them or a file with its preview or its problems, and running it."""
