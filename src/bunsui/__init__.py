"""Bunsui: data pipelines from the terminal, on a laptop or on AWS Step Functions."""

__version__ = "0.1.0"
