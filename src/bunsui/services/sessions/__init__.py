"""Sessions: SessionManager, from their start to their end and their recovery, on both backends."""
