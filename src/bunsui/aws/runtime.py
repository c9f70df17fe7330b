"""What of the task runtime goes to AWS: the files of a function's zip, and `task.pyz` of containers.

The same bytes each time. Who uploads them: `deploy`.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from bunsui import task

_OLDEST = (1980, 1, 1, 0, 0, 0)
_MAIN = """import sys

if sys.version_info < (3, 9):
    sys.exit("Bunsui's task runtime needs Python 3.9 or later, this image has " + sys.version.split()[0])

from bunsui.task.aws.container import main

sys.exit(main())
"""


def files() -> dict[str, bytes]:
    """By their names in the zip: the bare package, and all of `task`."""
    folder = Path(task.__file__).parent
    found = {"bunsui/__init__.py": folder.with_name("__init__.py").read_bytes()}
    for path in sorted(folder.rglob("*.py")):
        found[f"bunsui/task/{path.relative_to(folder).as_posix()}"] = path.read_bytes()
    return found


def task_archive() -> bytes:
    """``python3 task.pyz -- ARGV`` runs a command as a task."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in {"__main__.py": _MAIN.encode(), **files()}.items():
            entry = zipfile.ZipInfo(name, _OLDEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, body)
    return packed.getvalue()
