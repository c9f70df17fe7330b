"""Files that a dead supervisor and its tasks left: swept by the next one, which is the only one of the home."""

from __future__ import annotations

import os
from pathlib import Path


def sweep(home: Path, runtime: Path) -> None:
    """Input files of commands, half-written objects of tasks and logs, runtimes of other versions."""
    _remove([home / "run" / "scratch"])
    _remove([each for each in (home / "run").glob("runtime-*") if each != runtime])
    aside = home / "objects" / ".aside"
    for name in os.listdir(aside) if aside.is_dir() else ():
        if name.startswith(("task-", "log-")):
            (aside / name).unlink(missing_ok=True)


def _remove(folders: list[Path]) -> None:
    for folder in folders:
        if folder.exists():
            import shutil  # rarely needed, and a start should be fast

            shutil.rmtree(folder, ignore_errors=True)
