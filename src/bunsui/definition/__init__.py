"""YAML to a Pipeline, or to problems with their places."""
