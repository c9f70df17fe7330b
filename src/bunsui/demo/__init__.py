"""The demonstration: the flights of New York in 2013. The pipeline and its handlers are data, in `flights/`.

What the command `bunsui demo` does is in `cli.demo`; how it gets its data is in `data`.
"""

from pathlib import Path

PIPELINE = Path(__file__).parent / "flights" / "flights.yaml"
