"""Failures as they happen, and what the rules say of them.

The first 40 were written together with the rules (40 of 40 right when they were frozen). The 22 of `last` were written
after that, without a look at the rules: 16 of 22 (73 %) were right then, less than the 85 % that were aimed at.
"""
