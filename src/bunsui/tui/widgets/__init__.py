"""Widgets of several screens: rows with a cursor, pages of text, questions. They know no record and no service."""
