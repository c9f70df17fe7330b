"""What the interface keeps between two starts, in a file of its own: views that were saved, the last theme.

What somebody wrote down for it is in `preferences`; nothing of sessions is kept here.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import cast

from bunsui.model.json import Json
from bunsui.text.language import _

FILE = "tui-state.json"


class State:
    """Values by name, of whatever JSON can say. It never raises: what could not be kept or read is in `problem`.

    Two interfaces on one home keep what the other wrote: only the value that is put changes.
    """

    def __init__(self, home: Path | None = None) -> None:
        self._file = home / FILE if home else None
        self._values: dict[str, Json] = {}
        self.problem = ""
        self._read()

    @property
    def is_kept(self) -> bool:
        return self._file is not None

    def get(self, name: str, default: Json = None) -> Json:
        return self._values.get(name, default)

    def put(self, name: str, value: Json) -> None:
        """None takes it away. Without a home to write to, it holds until the interface is closed."""
        if self._values.get(name) == value:
            return
        self._read()
        self._values[name] = value
        self._values = {key: one for key, one in self._values.items() if one is not None}
        if self._file is not None and self._file.parent.is_dir():
            self._write(self._file)

    def _read(self) -> None:
        """What another interface wrote meanwhile; where there is no file, what is known stays."""
        if self._file is None:
            return
        try:
            found = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return
        except OSError as error:
            self.problem = _("{file} cannot be read: {why}").format(file=self._file, why=error.strerror)
            return
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            self._values = cast(dict[str, Json], found)
        else:
            self._move_aside(self._file)

    def _move_aside(self, file: Path) -> None:
        aside = file.with_suffix(".broken")
        with suppress(OSError):
            file.replace(aside)
        told = _("{file} could not be read and is {other} now; what it kept begins anew")
        self.problem = told.format(file=file.name, other=aside)

    def _write(self, file: Path) -> None:
        text = json.dumps(self._values, ensure_ascii=False, indent=1, sort_keys=True)
        try:
            descriptor, name = tempfile.mkstemp(prefix=f".{FILE}.", dir=file.parent)  # 0600
        except OSError as error:
            self.problem = _("{file} cannot be written: {why}").format(file=file, why=error.strerror)
            return
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(text.encode(errors="backslashreplace"))  # a lone surrogate, as JSON spells it
            os.replace(name, file)
        except OSError as error:
            self.problem = _("{file} cannot be written: {why}").format(file=file, why=error.strerror)
            with suppress(OSError):
                os.unlink(name)
