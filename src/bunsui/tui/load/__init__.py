"""Browsing for pipeline files, with what the marked one would do; opening one is the pipeline screen's."""
