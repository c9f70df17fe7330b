"""Settings for a command: what is wrong with them is told as any bad input."""

from __future__ import annotations

from bunsui.errors import InvalidInput
from bunsui.settings import BadSetting, Settings
from bunsui.settings import load as load_settings


def settings() -> Settings:
    try:
        return load_settings()
    except BadSetting as error:
        raise InvalidInput(str(error), error.hint) from None
