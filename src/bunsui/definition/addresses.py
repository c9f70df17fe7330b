"""The shape of an address that alerts go to. Which schemes there are, and what is secret in them, the model knows."""

from __future__ import annotations

from typing import Any, NamedTuple

from bunsui.definition.reading import INVALID, Reading
from bunsui.definition.shapes import Text
from bunsui.definition.tree import Node, shorten
from bunsui.model.alert_address import SCHEMES, is_secret, is_topic, scheme
from bunsui.model.json import Json
from bunsui.model.nearest import did_you_mean
from bunsui.model.notify import CONSOLE
from bunsui.model.problem import Severity

_TEXT = Text(f"an address such as mailto:data@example.com, or {CONSOLE}", r"\S+", limit=2000)
_KINDS = "Addresses begin with mailto:, slack://, https:// (a webhook), arn:aws:sns:, or another that apprise knows."


class Address(NamedTuple):
    def read(self, node: Node, reading: Reading, path: str) -> Any:
        found = _TEXT.read(node, reading, path)
        if found is INVALID or found == CONSOLE or is_topic(found):
            return found
        kind = scheme(found)
        if kind not in SCHEMES:
            hint = did_you_mean(kind, sorted(SCHEMES), _KINDS) if kind else _mail_or_kinds(found)
            reading.report(node, f"{path}: alerts cannot go to '{shorten(kind or found)}'.", hint)
            return INVALID
        if is_secret(found):
            hint = 'Put it into the environment and write {secret: "env:NAME"}.'
            reading.report(node, f"{path}: whoever reads this address can use it.", hint, Severity.WARNING)
        return found

    def schema(self) -> dict[str, Json]:
        return _TEXT.schema()


def _mail_or_kinds(text: str) -> str:
    return f"Write mailto:{shorten(text)}." if "@" in text else did_you_mean(text, [CONSOLE], _KINDS)
