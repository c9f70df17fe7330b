"""Raises while it is imported."""

SETTING = {}["MISSING"]
