"""What packages need besides the code itself: requirements through pip, and Bunsui's own from this installation.

Both for the system that Lambda runs. How files become a zip is in `packaging`.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from bunsui.aws.deploy.packaging import File, Package, own_files, packed, read
from bunsui.errors import BackendError

_OLDEST, _NEWEST = 12, 14  # minor versions of Python that Lambda runs on a system new enough for our wheels
_GLIBC = {11: 26}  # of Lambda's older system; since python3.12 it is a newer one
_NEW_GLIBC = 34
_EXTRAS = ("aws", "alerts")
_ALSO = ("boto3",)  # however Bunsui was installed: it asks AWS at this moment
_LEFT_OUT = ("textual",)  # the controller shows nothing
# What Bunsui asks; the models of botocore's hundreds of other services stay at home.
_ASKED = "batch cloudformation dynamodb ec2 ecs events glue lambda logs s3 secretsmanager sns sqs ssm sso sso-oidc sts"
_SERVICES = frozenset([*_ASKED.split(), "stepfunctions"])
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MANYLINUX = re.compile(r"manylinux_2_(\d+)_x86_64")
_NAMED_LINUX = {"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}
_PATIENCE = 900  # seconds for pip


@dataclass(frozen=True, slots=True)
class Platform:
    """What functions run on: a minor version of Python 3, and the newest glibc that wheels may want.

    `here` is an endpoint of the user's own (an emulator): functions run as this very Python does.
    """

    minor: int
    here: bool = False

    @property
    def runtime(self) -> str:
        return f"python3.{self.minor}"

    @property
    def glibc(self) -> int:
        return _GLIBC.get(self.minor, _NEW_GLIBC)


def platform(endpoint: str) -> Platform:
    minor = sys.version_info.minor
    return Platform(minor, here=True) if endpoint else Platform(min(max(minor, _OLDEST), _NEWEST))


def requirements(text: str, on: Platform, cache: Path) -> Mapping[str, File]:
    """What the text of a requirements.txt installs, from the cache if the same was installed once."""
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
    return _installed(lines, on, cache, []) if lines else {}


def controller(on: Platform, cache: Path) -> Package:
    """Bunsui and what it needs to look after sessions."""
    needed = sorted(_needed(), key=lambda one: str(one.name))
    if on.here or (on.minor == sys.version_info.minor and all(_fits(one, on) for one in needed)):
        libraries = dict(_copied(needed))
    else:
        exact = [f"{one.name}=={one.version}" for one in needed]
        libraries = dict(_installed(exact, on, cache, ["--no-deps"]))
    kept = {name: file for name, file in libraries.items() if _is_asked(name)}
    return packed({**kept, **own_files()}, "the controller")


def _needed() -> Iterator[Distribution]:
    """All that Bunsui requires and that is installed here, each once."""
    waiting, seen = [*_required("bunsui", _EXTRAS), *_ALSO], set(_LEFT_OUT)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = distribution(name)
        except PackageNotFoundError:  # for another system or version of Python, or an extra that is not installed
            continue
        yield found
        waiting += _required(name, ())


def _required(name: str, extras: Sequence[str]) -> list[str]:
    found = []
    for line in distribution(name).requires or ():
        wanted, _, marker = line.partition(";")
        if "extra" not in marker or any(f"'{one}'" in marker or f'"{one}"' in marker for one in extras):
            named = _NAME.match(wanted.strip())
            found += [_plain(named[0])] if named else []
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _fits(one: Distribution, on: Platform) -> bool:
    tags = [line[5:].strip() for line in (one.read_text("WHEEL") or "").splitlines() if line.startswith("Tag: ")]
    return any(_runs(tag, on) for tag in tags)


def _runs(tag: str, on: Platform) -> bool:
    python, abi, system = tag.split("-", 2)
    if python.startswith("cp"):
        minor = int(python[3:] or 0)
        if minor > on.minor or (minor < on.minor and abi != "abi3"):
            return False
    if system == "any":
        return True
    found = _MANYLINUX.fullmatch(system)
    wanted = int(found[1]) if found else _NAMED_LINUX.get(system.removesuffix("_x86_64"), on.glibc + 1)
    return wanted <= on.glibc


def _copied(needed: Sequence[Distribution]) -> Iterator[tuple[str, File]]:
    for one in needed:
        for path in one.files or ():
            name = path.as_posix()
            if not name.startswith(("..", "/")) and not name.endswith(".pyc") and _lasts(name):
                yield name, read(str(path.locate()))


def _lasts(name: str) -> bool:
    """What an installer notes beside a package is of this machine only; its metadata is the package's."""
    first, _, rest = name.partition("/")
    return not first.endswith(".dist-info") or rest in ("METADATA", "entry_points.txt")


def _is_asked(name: str) -> bool:
    parts = name.split("/")
    return parts[:2] != ["botocore", "data"] or len(parts) == 3 or parts[2] in _SERVICES


def _installed(wanted: Sequence[str], on: Platform, cache: Path, more: Sequence[str]) -> Mapping[str, File]:
    told = "\n".join([on.runtime, str(on.here), *more, *wanted])
    folder = cache / hashlib.sha256(told.encode()).hexdigest()
    if not folder.is_dir():
        _install(wanted, on, folder, more)
    return {
        path.relative_to(folder).as_posix(): read(str(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and _lasts(path.relative_to(folder).as_posix())
    }


def _install(wanted: Sequence[str], on: Platform, folder: Path, more: Sequence[str]) -> None:
    """Beside the folder first: a half installed one is never taken for whole."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = tempfile.mkdtemp(dir=folder.parent)
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
            listed.write("\n".join(wanted))
            listed.flush()
            _pip(["install", "--target", made, "-r", listed.name, *more, *_for(on)])
        os.chmod(made, 0o700)
        if not folder.is_dir():
            os.rename(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _for(on: Platform) -> list[str]:
    """Wheels only: what would be built here may not run there."""
    if on.here:
        return []
    systems = [f"manylinux_2_{number}_x86_64" for number in range(on.glibc, 4, -1)]
    systems += [f"{name}_x86_64" for name in _NAMED_LINUX]
    chosen = [word for system in systems for word in ("--platform", system)]
    return [*chosen, "--implementation", "cp", "--python-version", f"3.{on.minor}", "--only-binary=:all:"]


def _pip(arguments: Sequence[str]) -> None:
    quiet = ["--quiet", "--no-compile", "--no-input", "--disable-pip-version-check", "--no-warn-conflicts"]
    command = [*_pip_command(), *arguments, *quiet]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)  # noqa: S603 - pip itself
    except subprocess.TimeoutExpired:
        raise BackendError(f"pip did not end within {_PATIENCE // 60} minutes", "Run it again") from None
    if done.returncode:
        said = [line for line in done.stderr.strip().splitlines() if line.startswith("ERROR")] or [done.stderr[-500:]]
        hint = "Mend requirements.txt; packages that need a compiler run in an image: command with image"
        raise BackendError(f"pip cannot install what is required: {said[0].removeprefix('ERROR: ').strip()}", hint)


def _pip_command() -> list[str]:
    if find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    found = shutil.which("pip3") or shutil.which("pip")
    if found is None:
        raise BackendError("pip is not installed, which packages requirements", "Install it: python3 -m ensurepip")
    return [found]
