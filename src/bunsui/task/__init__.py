"""The task runtime: what a user's function calls (log, progress, save) and the worker that runs it.

Stands alone: runs inside Lambda, ECS and local processes, on Python 3.9 or later, with nothing to install.
"""
