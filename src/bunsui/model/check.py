"""A finding of the doctor about the home or the machine. Findings about pipeline files are in `problem`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """`status` is ok, warning or error; `hint` is the next thing to type."""

    name: str
    status: str
    detail: str
    hint: str = ""
