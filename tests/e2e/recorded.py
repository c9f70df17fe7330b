"""Ports that write down what is asked of them: the messages of the sequence diagrams, in their order."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from bunsui.ports import Record

MAIN = threading.main_thread()


class Recorded:
    """A port that writes down what this thread asks of it, and asks the real one."""

    def __init__(self, port: object, messages: list[str]) -> None:
        self._port, self._messages = port, messages

    def __getattr__(self, verb: str) -> Any:
        real = getattr(self._port, verb)

        def ask(*arguments: Any, **named: Any) -> Any:
            if threading.current_thread() is MAIN:
                self._messages.append(_message(verb, arguments))
            return real(*arguments, **named)

        return ask


def _message(verb: str, arguments: Sequence[Any]) -> str:
    if verb == "transact":
        return "store " + " ".join(filter(None, map(_stored, arguments[0])))
    if verb == "put_if_absent" and "/recovery/" in str(arguments[0]):
        return "put_if_absent recovery"
    if verb in ("put_if_absent", "get", "list") and str(arguments[0]).startswith("logs/"):
        return f"{verb} {'manifest' if arguments[0].endswith('manifest.json') else 'log'}"
    if verb in ("get", "put") and arguments and isinstance(arguments[-1], str | Record):
        return f"{verb} {_name(arguments[-1])}"
    return verb


def _name(of: str | Record) -> str:
    return (of if isinstance(of, str) else of.sort).partition("#")[0]


def _stored(record: Record) -> str:
    return str(record.body["status"]) if record.sort == "session" else record.sort if "#" not in record.sort else ""


def in_order(messages: list[str], *wanted: str) -> None:
    """Every wanted message comes, one after the other; others may come between."""
    rest = iter(messages)
    for one in wanted:
        assert any(message.startswith(one) for message in rest), f"no {one!r} at its place in {messages}"
