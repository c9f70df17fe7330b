"""Draws a DAG in a terminal: boxes in layers, edges as lines. Knows names and labels only, nothing of pipelines."""
