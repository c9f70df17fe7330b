"""What a pipeline from S3 would run on this machine, as lines of the question about it. Pure."""

from __future__ import annotations

import shlex

from bunsui.text import escape
from bunsui.text.language import _, plural
from bunsui.tui.messages import NotAllowed
from bunsui.tui.paint import STYLE

_MOST = 12


def lines(asked: NotAllowed) -> list[str]:
    shown = [f"  {escape.line(deed)}" for deed in asked.deeds[:_MOST]]
    left = len(asked.deeds) - _MOST
    more = [STYLE.dim("  " + plural("and {count} more", "and {count} more", left))] if left > 0 else []
    command = f"bunsui run {shlex.quote(asked.source)} --trust {asked.sha256}"
    return [
        _("{source} came from S3. It would run:").format(source=escape.line(asked.source)),
        *shown,
        *more,
        "",
        STYLE.dim(escape.line(command)),
    ]
