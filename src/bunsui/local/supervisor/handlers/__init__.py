"""Handlers of ours that a worker loads like a user's code: each stands alone and imports only `task`."""
