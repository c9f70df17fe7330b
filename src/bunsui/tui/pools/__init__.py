"""Pools: their slots, who holds them, who waits in which order; what can be done about them by hand."""
