"""Pipelines: PipelineManager, from a file to a running session, and the registry of versions."""
