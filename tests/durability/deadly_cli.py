"""The command line, with an engine that kills: VICTIMS MOMENT COMMAND... (see `deadly`)."""

from __future__ import annotations

import sys

import deadly

from bunsui.cli.main import main
from bunsui.local import host

if __name__ == "__main__":
    host.EngineHost = deadly.host(sys.argv[1], sys.argv[2])  # type: ignore[misc]
    sys.argv = ["bunsui", *sys.argv[3:]]
    sys.exit(main())
