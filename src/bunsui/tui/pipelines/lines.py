"""A pipeline as a line of the list, and what stands above it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bunsui.services.pipelines.views import PipelineVersion
from bunsui.text import escape, width, words
from bunsui.text.language import _
from bunsui.tui.paint import STYLE
from bunsui.tui.pipelines import runs
from bunsui.tui.pipelines.runs import Runs

_VERSION = 4
_RATE = 4
_USUAL = 7
_LAST = 14
_GAP = "  "
_WITH_MORE = 110
_LEAST_ABOUT = 16


@dataclass(frozen=True, slots=True)
class Row:
    """One that is not registered has no version, and a file."""

    name: str
    version: PipelineVersion | None
    source: str

    @property
    def about(self) -> str:
        return (self.version.description if self.version else "") or self.source


@dataclass(frozen=True, slots=True)
class _Sizes:
    """`about` is what is left; where that is too little to read, the name has it."""

    name: int
    bars: int
    about: int

    @staticmethod
    def of(columns: int) -> _Sizes:
        name, bars = min(max(columns // 5, 16), 32), 24 if columns >= _WITH_MORE else 14
        left = columns - (2 + name + _VERSION + bars + _RATE + _USUAL + _LAST + len(_GAP) * 5)
        if left < _LEAST_ABOUT:
            return _Sizes(name + max(left, 0), bars, 0)
        return _Sizes(name, bars, left - len(_GAP))


def head(columns: int) -> str:
    sizes = _Sizes.of(columns)
    parts = [
        width.pad(width.cut("  " + _("PIPELINE"), sizes.name + 2), sizes.name + 2),
        width.pad(width.cut(_("VER"), _VERSION), _VERSION, right=True),
        width.pad(width.cut(_("LAST RUNS"), sizes.bars), sizes.bars),
        width.pad(width.cut(_("OK"), _RATE), _RATE, right=True),
        width.pad(width.cut(_("USUALLY"), _USUAL), _USUAL, right=True),
        width.pad(width.cut(_("LAST"), _LAST), _LAST),
        *([_("ABOUT")] if sizes.about else []),
    ]
    return STYLE.dim(width.cut(_GAP.join(parts), columns))


def line(row: Row, found: Runs | None, now: float, columns: int) -> str:
    sizes = _Sizes.of(columns)
    name = width.pad(width.cut(escape.line(row.name), sizes.name), sizes.name)
    version = width.pad(f"v{row.version.version}" if row.version else "–", _VERSION, right=True)
    about = STYLE.dim(width.cut(escape.line(row.about), sizes.about))
    shown = " " * sizes.bars if found is None else runs.bars(found, sizes.bars)
    return _GAP.join([f"{_glyph(found)} {name}", STYLE.dim(version), shown, *_numbers(found, now), about])


def _glyph(found: Runs | None) -> str:
    last = found.last if found else None
    return STYLE.status(last.status, STYLE.glyph(last.status)) if last else " "


def _numbers(found: Runs | None, now: float) -> list[str]:
    if found is None or found.last is None:
        never = "" if found is None else _("never ran")
        return [" " * _RATE, " " * _USUAL, STYLE.dim(width.pad(width.cut(never, _LAST), _LAST))]
    rate, tone = runs.rate(found)
    usual = "" if found.usual is None else words.duration(found.usual)
    return [
        STYLE.paint(width.pad(rate, _RATE, right=True), tone),
        width.pad(usual, _USUAL, right=True),
        width.pad(_moment(words.seconds_of(found.last.started or found.last.created), now), _LAST),
    ]


def _moment(at: float, now: float) -> str:
    """The time today, the date before."""
    then, today = datetime.fromtimestamp(at), datetime.fromtimestamp(now)
    if then.date() == today.date():
        return then.strftime("%H:%M:%S")
    return then.strftime("%m-%d %H:%M") if then.year == today.year else then.strftime("%Y-%m-%d")
