"""Where the home folder is and who is acting. The only module that reads Bunsui's environment variables."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from pathlib import Path

MOST_WORKERS = 1000


class BadSetting(ValueError):
    """A variable of the environment does not fit; `hint` is the next thing to type."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Settings:
    home: Path
    owner: str
    workers: int  # most task processes at the same time


def load(environ: os._Environ[str] | dict[str, str] = os.environ) -> Settings:
    """Settings from BUNSUI_HOME, BUNSUI_OWNER, BUNSUI_WORKERS, with the platform's defaults. Raises BadSetting."""
    return Settings(
        home=_home(_text(environ, "BUNSUI_HOME")),
        owner=_text(environ, "BUNSUI_OWNER") or _user(),
        workers=_workers(environ.get("BUNSUI_WORKERS", "")),
    )


def _text(environ: os._Environ[str] | dict[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not is_text(value):
        raise BadSetting(f"{name} is {value!r}, which is not UTF-8", f"Set it anew: export {name}=...")
    return value


def is_text(value: str) -> bool:
    """Whether it has no bytes that are not UTF-8: what the system gives may have some, what is recorded may not."""
    return value.isascii() or value.encode(errors="replace").decode() == value


def _home(named: str) -> Path:
    try:
        return Path(named).expanduser().absolute() if named else _data_folder()
    except RuntimeError:  # no HOME, and nobody of our number
        hint = "Name the folder itself: export BUNSUI_HOME=/some/folder"
        raise BadSetting("the home folder of this user is not known (HOME is not set)", hint) from None


def _user() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = ""
    return name if name and is_text(name) else f"uid-{os.getuid()}"


def _workers(named: str) -> int:
    if not named:
        return max(4, 2 * (os.cpu_count() or 1))
    if named.isascii() and named.isdecimal() and len(named) < 9 and 1 <= int(named) <= MOST_WORKERS:
        return int(named)
    message = f"BUNSUI_WORKERS is {named!r}, but must be a whole number from 1 to {MOST_WORKERS}"
    raise BadSetting(message, "Set it anew: export BUNSUI_WORKERS=4, or: unset BUNSUI_WORKERS")


def _data_folder() -> Path:
    from platformdirs import user_data_path

    found = user_data_path("bunsui")
    if not found.is_absolute():  # "~" stayed as it was
        raise RuntimeError
    return found
