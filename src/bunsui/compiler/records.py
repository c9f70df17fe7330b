"""JSONata texts over the bag of records: how a state adds one, drops outputs that nobody reads, and ends a branch.

A record is ``{s: ok, o: output}``, ``{s: failed, e: error}``, ``{s: upstream_failed}`` or ``{s: skipped}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bunsui.compiler.front import braced, field

CAUSE_BUDGET = 60_000  # characters that all recorded causes of an execution may take together


@dataclass(frozen=True, slots=True)
class Ending:
    """What the last state of a branch hands back: these records, and of those not in `whole` only the status."""

    kept: tuple[str, ...]
    whole: frozenset[str]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a state goes: to another one, or (`ending`) out of the branch."""

    state: str = ""
    ending: Ending | None = None

    def flow(self) -> dict[str, bool | str]:
        return {"End": True} if self.ending else {"Next": self.state}


def output(
    target: Target,
    updates: Mapping[str, str] | None = None,
    dead: Iterable[str] = (),
    bag: str = "$states.input",
) -> str:
    """The bag with `updates` (operation -> JSONata of its record), without the outputs of `dead` records."""
    updates = updates or {}
    if target.ending is not None:
        return braced(_branch_end(target.ending, updates, bag))
    changed = {**updates, **{name: status_only(f"$i.{field(name)}") for name in dead if name not in updates}}
    if not changed:
        return braced(bag)
    if len(changed) == len(updates):
        return braced(f"$merge([{bag},{_object(changed)}])")
    return braced(f"($i:={bag};$merge([$i,{_object(changed)}]))")


def _branch_end(ending: Ending, updates: Mapping[str, str], bag: str) -> str:
    members: dict[str, str] = {}
    for name in ending.kept:
        record = f"$i.{field(name)}"
        members[name] = updates.get(name) or (record if name in ending.whole else status_only(record))
    if all(name in updates for name in ending.kept):
        return _object(members)
    return f"($i:={bag};{_object(members)})"


def status_only(record: str) -> str:
    """A record without its output; nothing if there is no such record."""
    return record + ".{'s':s,'e':e}"


def _object(members: Mapping[str, str]) -> str:
    return "{" + ",".join(f"'{name}':{text}" for name, text in members.items()) + "}"


def ok(result: str) -> str:
    return f"{{'s':'ok','o':{result}}}"


def failed(cause_limit: int, *, tail: bool = False) -> str:
    """The record of a caught error. Causes hold up to 32 Ki characters; the history keeps them whole, a bag cannot.

    `tail`: the end says it (an evaluation error, which begins with the whole expression).
    """
    part = f"-{cause_limit}" if tail else f"0,{cause_limit}"
    return f"$states.errorOutput.{{'s':'failed','e':{{'Error':Error,'Cause':$substring(Cause,{part})}}}}"


def exists(names: Sequence[str]) -> str:
    return " and ".join(f"$exists($states.input.{field(name)})" for name in names)


def any_status(names: Sequence[str], *statuses: str) -> str:
    """True when one of these operations has one of these statuses."""
    if len(names) == 1:
        one = f"$states.input.{field(names[0])}.s"
        return f"{one}='{statuses[0]}'" if len(statuses) == 1 else f"{one} in [{_quoted(statuses)}]"
    members = ",".join(f"$i.{field(name)}.s" for name in names)
    tests = " or ".join(f"'{status}' in $s" for status in statuses)
    return f"($i:=$states.input;$s:=[{members}];{tests})"


def _quoted(texts: Iterable[str]) -> str:
    return ",".join(f"'{text}'" for text in texts)
