"""Pipeline to state machine."""
