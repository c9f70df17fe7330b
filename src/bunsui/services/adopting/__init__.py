"""State machines that somebody else made: adopted, their executions as sessions, or imported as pipeline files."""
