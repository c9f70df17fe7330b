"""Where the home folder is, who is acting, and in which context. The only reader of Bunsui's environment variables.

Contexts that have a file are read in `contexts`, which is imported when one is named.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bunsui.model.context import BACKENDS, LOCAL, Context
from bunsui.model.problem import Problem

MOST_WORKERS = 1000
CHOICE = "context"  # the file of the home that holds the name of the context that was chosen


class BadSetting(ValueError):
    """A variable of the environment, or a file of settings, does not fit; `hint` is the next thing to type."""

    def __init__(self, message: str, hint: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.hint = hint
        self.problems = tuple(problems)


class NoContext(BadSetting):
    """Nothing has the name."""


@dataclass(frozen=True, slots=True)
class Settings:
    home: Path
    owner: str
    workers: int  # most task processes at the same time
    context: Context = LOCAL
    named: bool = False  # the context was named for this very command, not by what was set before


def load(environ: Mapping[str, str] = os.environ, *, context: str = "", backend: str = "") -> Settings:
    """Settings from BUNSUI_HOME, BUNSUI_OWNER, BUNSUI_WORKERS, with the platform's defaults. Raises BadSetting.

    The context is the one that is named here, else BUNSUI_CONTEXT's, else what `choose` was told, else the local one;
    with a `backend`, that backend's own where the chosen one is of another.
    """
    home = load_home(environ)
    return Settings(
        home=home,
        owner=_text(environ, "BUNSUI_OWNER") or _user(),
        workers=_workers(environ.get("BUNSUI_WORKERS", "")),
        context=_of_backend(backend, context, context or _text(environ, "BUNSUI_CONTEXT") or chosen(home), home),
        named=bool(context),
    )


def load_home(environ: Mapping[str, str] = os.environ) -> Path:
    """The home folder alone; it need not be there. Raises BadSetting."""
    return _home(_text(environ, "BUNSUI_HOME"))


def chosen(home: Path) -> str:
    """The context that was chosen for all commands; empty if none was."""
    try:
        with open(home / CHOICE, encoding="utf-8", errors="replace") as file:
            return file.readline(200).strip()
    except OSError:  # what is wrong with the home is told when it is opened
        return ""


def choose(home: Path, name: str) -> None:
    """From now on, where no other is named. Raises OSError."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = home / f".{CHOICE}-{os.getpid()}"
    with open(made, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(f"{name}\n")
    os.replace(made, home / CHOICE)


def _of_backend(backend: str, named: str, wanted: str, home: Path) -> Context:
    if backend and backend not in BACKENDS:
        raise BadSetting(f"there is no backend {backend!r}", f"Name one of: {', '.join(BACKENDS)}")
    found = _context(wanted, home) if wanted else LOCAL
    if not backend or found.backend == backend:
        return found
    if named:
        message = f"the context {found.name} is of the backend {found.backend}, not of {backend}"
        raise BadSetting(message, f"Leave --backend out, or: bunsui context show {found.name}")
    return _context(backend, home)


def _context(name: str, home: Path) -> Context:
    if name == LOCAL.name:
        return LOCAL
    from bunsui.settings.contexts import named

    return named(name, home)


def _text(environ: Mapping[str, str], name: str) -> str:
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
