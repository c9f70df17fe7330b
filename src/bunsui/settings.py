"""Where the home folder is and who is acting. The only module that reads Bunsui's environment variables."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    home: Path
    owner: str
    workers: int  # most task processes at the same time


def load(environ: os._Environ[str] | dict[str, str] = os.environ) -> Settings:
    """Settings from BUNSUI_HOME, BUNSUI_OWNER, BUNSUI_WORKERS, with the platform's defaults."""
    home = environ.get("BUNSUI_HOME")
    return Settings(
        home=Path(home).expanduser().absolute() if home else _data_folder(),
        owner=environ.get("BUNSUI_OWNER") or getpass.getuser(),
        workers=int(environ.get("BUNSUI_WORKERS") or max(4, 2 * (os.cpu_count() or 1))),
    )


def _data_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("bunsui")
