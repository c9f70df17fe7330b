"""Frozen data that every floor shares: pipelines, sessions, histories, problems. No I/O, no clock, no libraries."""
