"""The Lambda that does on AWS what the engine does locally: it attends to sessions whose every screen is closed."""
