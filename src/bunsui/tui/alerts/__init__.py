"""Alerts: who was told what, whether it arrived, and a test of an address."""
