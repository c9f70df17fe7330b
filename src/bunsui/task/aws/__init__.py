"""The task runtime on AWS: what runs a function in Lambda and a command in a container. Nothing but the library."""
