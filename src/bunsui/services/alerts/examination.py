"""The doctor's look at whom alerts of a home go to: the file, its secrets as they are here, and who else may read it.

Nothing is sent: `bunsui alert test` does that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bunsui.errors import BunsuiError
from bunsui.model.alert import Target
from bunsui.model.alert_address import is_topic
from bunsui.model.check import Check
from bunsui.model.notify import CONSOLE, Notify
from bunsui.model.secret import Secret
from bunsui.model.words import counted
from bunsui.services.alerts.policies import HOME_FILE, AlertPolicies

_NAME = "alerts"
_OTHERS = 0o077
_NONE = f"no {HOME_FILE}: each pipeline's 'notify' says whom to tell, else the console and the record"


def examine(
    policies: AlertPolicies, lookup: Callable[[Target], str], mode: Callable[[str], int], able: Callable[[], bool]
) -> Sequence[Check]:
    """`lookup` raises where a secret leads nowhere; `mode` is of a file; `able`: what speaks to services is there."""
    if not policies.exists():
        return [Check(_NAME, "ok", _NONE)]
    problems = policies.problems()
    if problems:
        told = [Check(_NAME, "error", f"{one.place}  {one.message}", one.hint) for one in problems]
        return [*told, Check(_NAME, "error", f"{policies.path} counts for nothing until that is mended")]
    found = policies.of_home()
    return [*_targets(found, lookup), *_speaking(found, able), *_modes(policies.path, found, mode)] or [_fine(found)]


def _all(found: Notify) -> tuple[Target, ...]:
    return tuple(dict.fromkeys(target for targets in found.targets.values() for target in targets))


def _fine(found: Notify) -> Check:
    return Check(_NAME, "ok", f"{HOME_FILE} names {counted(len(_all(found)), 'address', 'addresses')}")


def _targets(found: Notify, lookup: Callable[[Target], str]) -> Iterator[Check]:
    for target in _all(found):
        if isinstance(target.address, Secret):
            try:
                lookup(target)
            except BunsuiError as error:
                yield Check(_NAME, "error", f"{HOME_FILE}: {error}; nobody there is told", error.hint)


def _speaking(found: Notify, able: Callable[[], bool]) -> Iterator[Check]:
    if any(_is_for_apprise(target) for target in _all(found)) and not able():
        yield Check(
            _NAME, "error", "apprise is not installed: no message leaves this machine", "pip install 'bunsui[alerts]'"
        )


def _is_for_apprise(target: Target) -> bool:
    return isinstance(target.address, Secret) or not (target.address == CONSOLE or is_topic(target.address))


def _modes(path: str, found: Notify, mode: Callable[[str], int]) -> Iterator[Check]:
    """An address that stands in the file openly is a secret more often than not."""
    open_ones = any(isinstance(target.address, str) and _is_for_apprise(target) for target in _all(found))
    if open_ones and mode(path) & _OTHERS:
        yield Check(_NAME, "warning", f"others may read {path}, in which addresses stand openly", f"chmod 600 {path}")
