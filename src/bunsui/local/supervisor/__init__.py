"""The process that runs tasks and outlives the engine: warm workers, captured output, limits, the spool.

What is said between it and the engine is in `local.launch`; the engine's end of it is `client`.
"""
