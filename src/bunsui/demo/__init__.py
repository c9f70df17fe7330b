"""The demonstration: the flights of New York in 2013. The pipeline and its handlers are data, in `flights/`.

What the command `bunsui demo` does is in `cli.demo`; here is how it gets its data.
"""
