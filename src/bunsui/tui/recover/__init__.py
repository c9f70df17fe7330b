"""Ways out of a session: seen with what each would do, chosen, confirmed, taken."""
