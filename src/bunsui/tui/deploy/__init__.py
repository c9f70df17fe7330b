"""Putting the context's environment, and a pipeline, on AWS: the plan as a page, then what goes on."""
