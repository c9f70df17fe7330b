"""The language of what people read: English, as it stands in the source, until a face chooses another.

Catalogues are in `locale`; data (names, statuses, messages of tasks, JSON) has no language and never passes here.
"""

from __future__ import annotations

import gettext
from pathlib import Path

ENGLISH = "en"
_FOLDER = Path(__file__).parent / "locale"
_chosen: gettext.NullTranslations = gettext.NullTranslations()


def use(language: str) -> None:
    """From now on, for the whole process. A language without a catalogue is English."""
    global _chosen
    _chosen = gettext.translation("bunsui", _FOLDER, [language], fallback=True)


def _(text: str) -> str:
    """The text in the language in use. What varies is filled in afterwards: `_("{n} of {all}").format(...)`."""
    return _chosen.gettext(text)


def plural(one: str, many: str, count: int) -> str:
    """The form that fits the count; `{count}` in it is filled in."""
    return _chosen.ngettext(one, many, count).format(count=count)


def mark(text: str) -> str:
    """A text that is translated where it is shown: constants, descriptions of keys."""
    return text
