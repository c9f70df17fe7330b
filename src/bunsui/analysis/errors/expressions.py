"""A failed JSONata expression in its author's words: without the state, the event and what the compiler put in front.

Which key of the pipeline file it stands under is settled where the file is at hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_EXPRESSION = re.compile(
    r"^(?:An error occurred while executing the state '(?P<state>[^']*)' \(entered at the event id #\d+\)\. )?"
    r"The JSONata expression '(?P<text>.*)' specified for the field '(?P<field>[^']*)' (?P<what>.*)$",
    re.DOTALL,
)
_BOUND = re.compile(  # what the compiler puts in front
    r"^\((?:\$\w+ ?:= ?\$states\.[\w.]+; ?)+"
    r"(?:\$(?:type|exists)\([^;]*\?\$error\([^;]* is a reference[^;]*;)*(?P<text>.*)\)$",
    re.DOTALL,
)
_CODE = re.compile(r"^threw an error during evaluation\. (?P<code>[A-Z]\d{4}): (?P<what>.*)$", re.DOTALL)
_KEYS = (("Arguments/Payload/", ""), ("Arguments/Body/", "with/"), ("Arguments/", ""))
_LONGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class FailedExpression:
    """`state` and `field` are the machine's; `text` is the author's; `what` was wrong with it, with JSONata's code."""

    state: str
    field: str
    text: str
    what: str

    @property
    def key(self) -> str:
        """The key of the pipeline file that the field came from, as far as its name tells."""
        if self.field.startswith("Choices["):
            return "when"
        for machines, authors in _KEYS:
            if self.field.startswith(machines):
                return (authors + self.field.removeprefix(machines)).replace("/", ".")
        return self.field.replace("/", ".")

    def told(self, key: str = "", *, without_key: bool = False) -> str:
        """``with.n: $length($fetch.rows): Argument 1 of ...``."""
        return f"{self.text}{self.what}" if without_key else f"{key or self.key}: {self.text}{self.what}"


def failed_expression(cause: str) -> FailedExpression | None:
    """None: the cause is none of an expression."""
    found = _EXPRESSION.match(cause[:_LONGEST])
    if found is None:
        return None
    bound, code = _BOUND.match(found["text"]), _CODE.match(found["what"])
    what = f": {code['what']} ({code['code']})" if code else f" {found['what']}"
    return FailedExpression(found["state"] or "", found["field"], bound["text"] if bound else found["text"], what)
