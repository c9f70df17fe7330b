"""The copy of the task runtime that workers import: of Bunsui they see the bare package and `task`, nothing else."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

ENTRY = "bunsui_worker.py"
_ENTRY_TEXT = """import sys

if __name__ == "__main__":
    from bunsui.task.worker import main

    main(sys.argv[1:])
"""
# A command may itself be written against a full Bunsui: its other parts stay within reach behind the copy.
_BARE_TEXT = """

import os as _os
import sys as _sys

if "BUNSUI_INPUT" in _os.environ:
    __path__ += [p for p in (_os.path.join(e, "bunsui") for e in _sys.path if e) if _os.path.isfile(p + "/__init__.py")]
"""


def prepare(run: Path) -> Path:
    """The folder ``run/runtime-<hash>``, made once for each version of the runtime's files."""
    package = Path(__file__).parents[2]
    files = {"bunsui/__init__.py": (package / "__init__.py").read_bytes() + _BARE_TEXT.encode()}
    files |= {f"bunsui/task/{path.name}": path.read_bytes() for path in sorted((package / "task").glob("*.py"))}
    files[ENTRY] = _ENTRY_TEXT.encode()
    whole = b"\0".join(name.encode() + b"\0" + body for name, body in files.items())
    folder = run / f"runtime-{zlib.crc32(whole):08x}{zlib.adler32(whole):08x}"  # hashlib takes longer to import
    if not folder.is_dir():
        _write(files, folder)
    return folder


def _write(files: dict[str, bytes], folder: Path) -> None:
    aside = folder.with_name(f"{folder.name}.{os.getpid()}")
    for name, body in files.items():
        path = aside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    (aside / "bunsui" / "__pycache__").mkdir()  # else a worker makes it, with the umask of its user
    _copy_bytecode(aside / "bunsui" / "task")
    try:
        aside.rename(folder)
    except OSError:  # somebody else was first
        import shutil

        shutil.rmtree(aside, ignore_errors=True)


def _copy_bytecode(folder: Path) -> None:
    """What is compiled already need not be compiled again by the first task (it is valid for the source's time)."""
    original = Path(__file__).parents[2] / "task"
    (folder / "__pycache__").mkdir()
    for path in original.glob("__pycache__/*.pyc"):
        source = original / f"{path.name.split('.')[0]}.py"
        if source.exists():
            found = source.stat()
            os.utime(folder / source.name, ns=(found.st_atime_ns, found.st_mtime_ns))
            (folder / "__pycache__" / path.name).write_bytes(path.read_bytes())
