"""Files of rules: TOML text to rules, or every problem with its place. The rules that Bunsui brings are in `rules/`.

Where a user's own file lies is settled in `services`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from bunsui.analysis.errors.rule import Glob, Rule
from bunsui.model.failure import Category
from bunsui.model.pipeline import Jitter, Retry
from bunsui.model.problem import Place, Problem
from bunsui.patterns import Alternatives, InvalidPattern, Pattern

MOST_RULES = 500
_MOST_ALTERNATIVES = 100
_HEADER = re.compile(r"^\s*\[\[\s*rule\s*\]\]")
_AT = re.compile(r"\(at line (\d+), column (\d+)\)")
_CONDITIONS = ("error", "cause", "log", "text", "exit_code", "signal", "stack")
_KEYS = ("name", "category", "recoverable", "confidence", "advice", "retry", *_CONDITIONS)
_RETRY_KEYS = ("max_attempts", "interval", "backoff", "max_delay", "jitter")
_DURATION = re.compile(r"(\d{1,6})(s|m|h)?")
_UNITS = {None: 1, "s": 1, "m": 60, "h": 3600}
T = TypeVar("T")


@cache
def builtin() -> tuple[Rule, ...]:
    """Bunsui's own rules, in the order of their files' names."""
    folder = files("bunsui.analysis.errors").joinpath("rules")
    read = [_read(file) for file in sorted(folder.iterdir(), key=lambda file: file.name) if file.name.endswith(".toml")]
    return tuple(rule for rules in read for rule in rules)


def _read(file: Traversable) -> tuple[Rule, ...]:
    rules, problems = parse(file.read_text(encoding="utf-8"), file.name, trusted=True)
    assert not problems, problems
    return rules


def parse(text: str, file: str, *, trusted: bool = False) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:
    """The rules in the file's order; none if there is a problem. `trusted`: its expressions were tried before."""
    import tomllib  # only a failure needs it

    try:
        body = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return (), (_syntax(str(error), file, len(text.splitlines())),)
    reading = Reading(file, text.splitlines(), trusted)
    rules = [rule for rule in _rules(body, reading) if rule is not None]
    return (() if reading.problems else tuple(rules)), tuple(reading.problems)


def _syntax(message: str, file: str, last: int) -> Problem:
    match = _AT.search(message)
    place = Place(file, int(match[1]), int(match[2])) if match else Place(file, max(last, 1))
    return Problem(place, f"this is no TOML: {_AT.sub('', message).strip()}.", "Mend the syntax.")


@dataclass(slots=True)
class Reading:
    """What is wrong, and where: TOML's parser keeps no places, so they are found again in the text."""

    file: str
    lines: list[str]
    trusted: bool = False
    problems: list[Problem] = field(default_factory=list)
    number: int = 0  # of the rule that is read, from 0

    def problem(self, key: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self._place(key), message, hint))

    def _place(self, key: str) -> Place:
        headers = [number for number, line in enumerate(self.lines, 1) if _HEADER.match(line)]
        if self.number >= len(headers):
            return Place(self.file)
        first = headers[self.number]
        last = headers[self.number + 1] if self.number + 1 < len(headers) else len(self.lines) + 1
        wanted = re.compile(rf"\s*(['\"]?){re.escape(key)}\1\s*[=.]")
        for number in range(first + 1, last):
            if key and (match := wanted.match(self.lines[number - 1])):
                return Place(self.file, number, len(match[0]) - len(match[0].lstrip()) + 1)
        return Place(self.file, first)


def _rules(body: Mapping[str, Any], reading: Reading) -> Iterator[Rule | None]:
    for key in body:
        if key != "rule":
            reading.problems.append(Problem(Place(reading.file), f"there is no key {key!r}.", "Rules are [[rule]]."))
    items = body.get("rule", [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        reading.problem("", "'rule' is no list of rules.", "Begin each rule with [[rule]].")
        return
    if len(items) > MOST_RULES:
        reading.problem("", f"{len(items)} rules are more than {MOST_RULES}.", "Join those that say the same.")
        return
    seen: set[str] = set()
    for number, item in enumerate(items):
        reading.number = number
        yield _rule(item, reading, seen)


def _rule(item: Mapping[str, Any], reading: Reading, seen: set[str]) -> Rule | None:
    before = len(reading.problems)
    name = _text(item, "name", reading)
    if name in seen:
        reading.problem("name", f"there is a rule {name!r} before.", "Name it otherwise.")
    seen.add(name)
    for key in item:
        if key not in _KEYS:
            reading.problem(key, f"rule {name!r}: there is no key {key!r}.", f"There are: {', '.join(_KEYS)}.")
    if not any(key in item for key in _CONDITIONS):
        reading.problem("", f"rule {name!r} has no condition.", f"Give one of: {', '.join(_CONDITIONS)}.")
    rule = Rule(
        name=name,
        category=_category(item, reading),
        recoverable=_bool(item, "recoverable", reading),
        confidence=_confidence(item, reading),
        advice=_text(item, "advice", reading),
        errors=_each(item, "error", reading, _glob),
        cause=Alternatives(_each(item, "cause", reading, _pattern)),
        log=Alternatives(_each(item, "log", reading, _pattern)),
        text=Alternatives(_each(item, "text", reading, _pattern)),
        exit_codes=_each(item, "exit_code", reading, _exit_code),
        signals=_each(item, "signal", reading, _signal),
        stack=Alternatives(_each(item, "stack", reading, _pattern)),
        retry=_retry(item, reading),
    )
    return rule if len(reading.problems) == before else None


def _text(item: Mapping[str, Any], key: str, reading: Reading) -> str:
    value = item.get(key)
    if isinstance(value, str) and value.strip():
        return value
    reading.problem(key, f"a rule needs a text {key!r}.", "")
    return ""


def _bool(item: Mapping[str, Any], key: str, reading: Reading) -> bool:
    value = item.get(key)
    if not isinstance(value, bool):
        reading.problem(key, f"{key!r} must be true or false.", "May the same again succeed, with nothing changed?")
    return value is True


def _category(item: Mapping[str, Any], reading: Reading) -> Category:
    value = item.get("category")
    try:
        return Category(str(value))
    except ValueError:
        hint = f"There are: {', '.join(Category)}."
        told = "a rule needs a category." if value is None else f"{value!r} is no category."
        reading.problem("category", told, hint)
        return Category.UNKNOWN


def _confidence(item: Mapping[str, Any], reading: Reading) -> float:
    value = item.get("confidence", 0.9)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
        return float(value)
    reading.problem("confidence", "'confidence' must be a number above 0, up to 1.")
    return 0.0


def _each(
    item: Mapping[str, Any], key: str, reading: Reading, read: Callable[[Any, str, Reading], T | None]
) -> tuple[T, ...]:
    """One alternative, or a list of them."""
    value = item.get(key, [])
    values = value if isinstance(value, list) else [value]
    if len(values) > _MOST_ALTERNATIVES or (key in item and not values):
        reading.problem(key, f"{key!r} must have 1 to {_MOST_ALTERNATIVES} alternatives.")
        return ()
    found = (read(one, key, reading) for one in values)
    return tuple(one for one in found if one is not None)


def _pattern(value: Any, key: str, reading: Reading) -> str | None:
    if not isinstance(value, str) or not value:
        reading.problem(key, f"{key!r} must be a regular expression or a list of them.")
        return None
    if reading.trusted:
        return value
    try:
        return Pattern(value).text
    except InvalidPattern as error:
        hint = "It is RE2's syntax: no look-around and no back-references."
        reading.problem(key, f"{key!r}: {value!r} is no regular expression: {error}.", hint)
        return None


def _glob(value: Any, key: str, reading: Reading) -> Glob | None:
    if isinstance(value, str) and value.strip("*. "):
        return Glob(value)
    reading.problem(key, f"{key!r} must be an error's name, in which * stands for anything.")
    return None


def _exit_code(value: Any, key: str, reading: Reading) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 255:
        return value
    reading.problem(key, f"{key!r} must be a number from 1 to 255.")
    return None


def _signal(value: Any, key: str, reading: Reading) -> str | None:
    if isinstance(value, str) and re.fullmatch(r"SIG[A-Z0-9]{2,10}", value):
        return value
    reading.problem(key, f"{key!r} must be a signal's name, such as SIGKILL.")
    return None


def _retry(item: Mapping[str, Any], reading: Reading) -> Retry | None:
    value = item.get("retry")
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) - set(_RETRY_KEYS):
        reading.problem("retry", f"'retry' takes only: {', '.join(_RETRY_KEYS)}.")
        return None
    try:
        return _retry_of(value)
    except (ValueError, TypeError) as error:
        reading.problem(
            "retry", f"'retry' is not understood: {error}.", 'Such as {max_attempts = 4, interval = "10s"}.'
        )
        return None


def _retry_of(value: Mapping[str, Any]) -> Retry:
    attempts, backoff = value.get("max_attempts", 3), value.get("backoff", 2.0)
    if not isinstance(attempts, int) or not 2 <= attempts <= 100:
        raise ValueError("max_attempts must be 2 to 100")
    if not isinstance(backoff, int | float) or not 1 <= backoff <= 100:
        raise ValueError("backoff must be 1 to 100")
    longest = value.get("max_delay")
    return Retry(
        max_attempts=attempts,
        interval=_seconds(value.get("interval", 1)),
        backoff=float(backoff),
        max_delay=None if longest is None else _seconds(longest),
        jitter=Jitter(value.get("jitter", "none")),
    )


def _seconds(value: object) -> int:
    match = _DURATION.fullmatch(str(value))
    if not match or isinstance(value, bool) or int(match[1]) < 1:
        raise ValueError(f"{value!r} is no duration such as 10s or 2m")
    return int(match[1]) * _UNITS[match[2]]
