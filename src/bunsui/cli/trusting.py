"""A pipeline from S3 that would run code on this machine: shown, and asked about once for each content.

What it would run is found in `services`; whoever cannot answer is refused with the command that allows it.
"""

from __future__ import annotations

from collections.abc import Callable

from bunsui.cli.output import Output
from bunsui.errors import Untrusted
from bunsui.model.session import Session
from bunsui.text import escape, words
from bunsui.workspace import Workspace

_MOST = 20  # operations that are listed


def allowed(out: Output, opened: Workspace, start: Callable[[], Session]) -> Session:
    """What `start` gives, once the person said that it may run here. Raises Untrusted."""
    try:
        return start()
    except Untrusted as error:
        show(out, error)
        if not out.ask("Run this on this machine, now and from now on?"):
            raise
        opened.pipelines.trust(error.source, error.sha256)
        return start()


def show(out: Output, error: Untrusted) -> None:
    out.say(out.talk.bold(escape.line(f"{error.source} comes from S3 and would run on this machine:")))
    for deed in error.deeds[:_MOST]:
        out.say(f"  {escape.line(deed)}")
    if len(error.deeds) > _MOST:
        out.say(out.talk.dim(f"  and {words.counted(len(error.deeds) - _MOST, 'operation')} more"))
    out.say(out.talk.dim(f"content {error.sha256}"))
