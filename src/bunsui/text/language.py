"""The language of what people read: English, as it stands in the source, until a face chooses another.

Catalogues are in `locale`; data (names, statuses, messages of tasks, JSON) has no language and never passes here.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from pathlib import Path

ENGLISH = "en"
NAMES = {ENGLISH: "English", "ja": "日本語"}
FOLDER = Path(__file__).parent / "locale"
_chosen: gettext.NullTranslations = gettext.NullTranslations()
_name = ENGLISH


def use(language: str) -> None:
    """From now on, for the whole process. A language without a catalogue is English."""
    global _chosen, _name
    _chosen = gettext.translation("bunsui", FOLDER, [language], fallback=True)
    _name = language if isinstance(_chosen, gettext.GNUTranslations) else ENGLISH


def used() -> str:
    return _name


def of_locale(environ: Mapping[str, str]) -> str:
    """The language that the terminal's surroundings ask for, if there is a catalogue of it."""
    named = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    language = named.partition(".")[0].partition("_")[0].lower()
    return language if language in NAMES else ENGLISH


def _(text: str) -> str:
    """The text in the language in use. What varies is filled in afterwards: `_("{n} of {all}").format(...)`."""
    return _chosen.gettext(text) if text else text


def plural(one: str, many: str, count: int) -> str:
    """The form that fits the count; `{count}` in it is filled in."""
    return _chosen.ngettext(one, many, count).format(count=count)


def mark(text: str) -> str:
    """A text that is translated where it is shown: constants, descriptions of keys."""
    return text
