"""A message as plain text and as HTML. What comes from users and logs is made harmless for each kind of reader here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby
from operator import itemgetter

from bunsui.model import visible
from bunsui.model.alert import Failed, Message

_LONGEST_SUBJECT = 150
_MENTION = re.compile(r"@(?=\w)")  # @everyone, @here, @somebody: nobody is to be called by a log line
_NO_TAGS = str.maketrans("<>", "\u2039\u203a")
_APART = "@\u2060"  # a word joiner: looks the same, and means nothing


def subject(message: Message) -> str:
    """One line, whatever is in it."""
    text = visible.line(" ".join(message.subject.split()))
    return text if len(text) <= _LONGEST_SUBJECT else text[: _LONGEST_SUBJECT - 3] + "..."


def plain(message: Message) -> str:
    """As text: no character in it steers a terminal, hides or reorders."""
    return "\n".join(_plain(message))


def chat(text: str) -> str:
    """For services with a markup of their own: no mention in it calls anybody, nothing is a tag or a disguised link."""
    return _MENTION.sub(_APART, text).translate(_NO_TAGS).replace("](", "] (")


def _plain(message: Message) -> Iterator[str]:
    wide = max((len(name) for name, _ in message.facts), default=0)
    for name, value in message.facts:
        yield f"{name:<{wide}}  {visible.line(value)}"
    for failed in message.failures:
        yield ""
        yield from _failed(failed)
    if message.more:
        yield f"\nand {message.more} more"
    if message.commands:
        yield ""
        yield "What to type:"
    for command, use in message.commands:
        yield f"  {visible.line(command)}"
        yield f"      {visible.line(use)}"


def _failed(failed: Failed) -> Iterator[str]:
    yield f"{visible.line(failed.what)}: {visible.line(failed.kind)}"
    yield from (f"  {text}" for text in visible.lines(failed.why))
    for place, lines in groupby(failed.evidence, key=itemgetter(1)):
        yield from (f"  | {visible.line(text)}" for text, _ in lines)
        yield f"    {visible.line(place)}"
    yield from (f"  -> {text}" for text in visible.lines(failed.advice))


def html(message: Message) -> str:
    """A page for e-mail: no script, no image, no link; everything foreign escaped."""
    return "".join(_html(message))


_MONO = 'style="font-family:ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap"'


def _html(message: Message) -> Iterator[str]:
    colour = "#b00020" if message.bad else "#1b5e20"
    yield '<!DOCTYPE html><html><head><meta charset="utf-8"></head><body style="font-family:sans-serif">'
    yield f'<h2 style="color:{colour};font-size:1.1em">{_safe(subject(message))}</h2>'
    if message.facts:
        yield "<table>"
        for name, value in message.facts:
            cell = 'style="padding-right:1em;color:#666"'
            yield f"<tr><td {cell}>{_safe(name)}</td><td>{_safe(value)}</td></tr>"
        yield "</table>"
    for failed in message.failures:
        yield from _failed_html(failed)
    if message.more:
        yield f"<p>and {message.more} more</p>"
    for command, use in message.commands:
        yield f"<p><code {_MONO}>{_safe(command)}</code><br>{_safe(use)}</p>"
    yield "</body></html>"


def _failed_html(failed: Failed) -> Iterator[str]:
    yield f"<h3>{_safe(failed.what)}: {_safe(failed.kind)}</h3>"
    yield f"<p {_MONO}>{'<br>'.join(escape(text) for text in visible.lines(failed.why))}</p>"
    for place, lines in groupby(failed.evidence, key=itemgetter(1)):
        told = "<br>".join(_safe(text) for text, _ in lines)
        yield f'<p {_MONO}>{told}<br><small style="color:#666">{_safe(place)}</small></p>'
    yield f"<p>{_safe(failed.advice)}</p>"


def _safe(text: str) -> str:
    return escape(visible.line(text))
