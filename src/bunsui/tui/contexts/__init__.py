"""Contexts full-screen: which one is looked at, how it is marked, and what is asked before it is changed."""
