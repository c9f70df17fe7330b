"""The doctor: looks at the home and the machine, and says what is wrong and what to type. It mends nothing."""

from __future__ import annotations

from collections.abc import Sequence

from bunsui.services.views import Check


class Doctor:
    def checks(self) -> Sequence[Check]:
        """Every check, the bad ones too; a check that cannot be made is a finding of its own."""
        raise NotImplementedError

    def verify(self) -> Sequence[Check]:
        """Replay every journal and compare it with what was recorded."""
        raise NotImplementedError

    def backup(self, folder: str) -> Sequence[Check]:
        """A consistent copy of the home's databases and objects into a folder that does not exist yet."""
        raise NotImplementedError
