"""The doctor asks every check, and a check that breaks is a finding."""

from __future__ import annotations

from bunsui.errors import BackendError
from bunsui.model.check import Check
from bunsui.services.doctor import Doctor


def _broken() -> list[Check]:
    raise BackendError("the disk is away", "plug it in")


def _denied() -> list[Check]:
    raise PermissionError("no")


def test_every_check_is_made_although_one_cannot_be() -> None:
    fine = Check("python", "ok", "3.11")
    doctor = Doctor({"disk": _broken, "home": _denied, "python": lambda: [fine]}, list, lambda folder: [])
    assert doctor.checks() == [
        Check("disk", "error", "the disk is away", "plug it in"),
        Check("home", "error", "cannot be checked: no"),
        fine,
    ]


def test_a_verification_that_cannot_be_made_is_a_finding() -> None:
    assert Doctor({}, _broken, lambda folder: []).verify()[0].status == "error"


def test_a_backup_is_made_where_it_is_asked_for() -> None:
    asked: list[str] = []
    Doctor({}, list, lambda folder: asked.append(folder) or []).backup("there")
    assert asked == ["there"]
