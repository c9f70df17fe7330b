"""Sentences of lower floors, which know no language: why a way out is not possible, what it warns of, what was done.

They are said there in English and stored so; here is how they are told in another language. A test holds both together.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import Formatter

from bunsui.text.language import _, mark, used

# What varies is a name, a list of names, a number or a status: it stays as it is.
SENTENCES = (
    mark("it has ended already ({status})"),
    mark("it is {status}, and only what has ended can be run again: cancel it first"),
    mark("it runs a state machine of its own, which cannot begin in the middle"),
    mark("it is COMPLETED, so that there is nothing to resume"),
    mark("there is no edited pipeline"),
    mark("its execution never started, or its history is gone"),
    mark("the execution is {status} and cannot be redriven"),
    mark("a limit on the size of data ended it: the same data would meet it again"),
    mark(
        "on_failure: continue caught the failure of {names}, so that a redrive would run nothing but the last Fail "
        "again"
    ),
    mark("no operation was cut off: only a state that would fail again is left to run"),
    mark("no operation can be named: nothing that any of them needs is done"),
    mark("{name} needs {names}, which is not done"),
    mark("{name} needs {names}, which are not done"),
    mark("the output of {names} must be a JSON object"),
    mark("it is a state machine of its own now"),
    mark("neither the pipeline nor its code has changed"),
    mark("it is another pipeline: {name}, not {other}"),
    mark("the session's parameters do not fit it: {problem}"),
    mark("nested pipeline {name} starts anew: a redrive does not go into it"),
    mark("{name} reads the output of {other}: give one, or it finds nothing there"),
    mark("the pipeline has no parameter {name} any more: its value is dropped"),
    mark("what the pipeline was before is not known: every operation counts as changed"),
    mark("only code was changed: a plain resume runs the new code, too, and keeps all that completed"),
    mark("{name} is not idempotent, and had begun: it would run again"),
    mark("{name} reads what {names} gave, and that is kept: when it was mended there, --rerun {other}"),
    mark("{action} was tried, and {names} failed in the same way: mend what is wrong first"),
    mark("what failed does not pass by itself: {names}"),
    mark("redriven by {who}"),
    mark("resumed by {who} with the edited pipeline"),
    mark("restarted from {names} by {who}"),
    mark("resumed by {who}, rerunning {names}"),
    mark("resumed by {who}, skipping {names}"),
    mark("resumed by {who}"),
    mark("restarted by {who}"),
    mark("cancelled by {who}"),
    mark("it took longer than its timeout"),
    mark("it gave no sign of life within its heartbeat"),
    mark("kept in the record"),
    mark("shown"),
    mark("sent to {target}"),
)


def said(text: str) -> str:
    """In the language in use; a sentence that is not known here stays as it is."""
    return text if not text or used() == "en" else _told(text, used())


@lru_cache(maxsize=512)
def _told(text: str, language: str) -> str:
    whole = _(text)
    if whole != text:
        return whole
    for sentence, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return _(sentence).format(**found.groupdict())
    return text


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(sentence, re.compile(_pattern(sentence), re.DOTALL)) for sentence in SENTENCES if "{" in sentence]


def _pattern(sentence: str) -> str:
    parts = Formatter().parse(sentence)
    return "".join(re.escape(text) + (f"(?P<{name}>.+?)" if name else "") for text, name, _spec, _conversion in parts)
