"""Pools: who runs now and who waits, with weighted slots; leases that heal."""
