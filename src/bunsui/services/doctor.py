"""The doctor: asks every check of the home and the machine, and says what is wrong and what to type. It mends nothing.

What can be checked depends on the backend, which hands the checks in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bunsui.errors import BunsuiError
from bunsui.model.check import Check

Examination = Callable[[], Sequence[Check]]


class Doctor:
    """`examinations` are the quick checks by name; `verify` and `backup` take their time."""

    def __init__(
        self, examinations: Mapping[str, Examination], verify: Examination, backup: Callable[[str], Sequence[Check]]
    ) -> None:
        self._examinations = examinations
        self._verify = verify
        self._backup = backup

    def checks(self) -> Sequence[Check]:
        """Every check, the bad ones too; a check that cannot be made is a finding of its own."""
        return [check for name, examine in self._examinations.items() for check in _made(name, examine)]

    def verify(self) -> Sequence[Check]:
        """Replay every journal and compare it with what was recorded."""
        return _made("verify", self._verify)

    def backup(self, folder: str) -> Sequence[Check]:
        """A consistent copy of the home's databases and objects into a folder that does not exist yet."""
        return self._backup(folder)


def _made(name: str, examine: Examination) -> Sequence[Check]:
    try:
        return examine()
    except BunsuiError as error:
        return [Check(name, "error", str(error), error.hint)]
    except OSError as error:
        return [Check(name, "error", f"cannot be checked: {error}")]
