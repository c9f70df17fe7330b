"""The flights of New York, played live: what happens, with captions, at a pace that people can read."""
