"""History to conclusions: progress, checkpoints. Pure."""
