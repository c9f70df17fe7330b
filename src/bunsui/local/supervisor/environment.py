"""The environment of a task: few names of ours, the pipeline's `env`, secrets looked up here and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bunsui.model.secret import Secret

_KEPT = ("HOME", "LANG")


class SecretMissing(Exception):
    """The message says what is missing; the hint is part of it, since it becomes a task's cause."""


def base(path: str) -> dict[str, str]:
    kept = {name: _unicode(os.environ[name]) for name in _KEPT if name in os.environ}
    return {"PATH": path or _unicode(os.environ.get("PATH", os.defpath)), **kept}


def _unicode(value: str) -> str:
    """Bytes that are none become question marks: the channel to a worker carries JSON."""
    return value.encode("utf-8", "replace").decode("utf-8")


def offered(env: Mapping[str, str | Secret]) -> dict[str, str]:
    """Variables of this process that secrets refer to: an engine's are newer than those of its supervisor."""
    refs = [value.ref.partition(":") for value in env.values() if isinstance(value, Secret)]
    names = [name for scheme, _, name in refs if scheme == "env" and name in os.environ]
    return {name: os.environ[name] for name in names if os.environ[name] == _unicode(os.environ[name])}


def resolve(
    env: Mapping[str, str | Secret], folder: str, given: Mapping[str, str] = MappingProxyType({})
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The values and, of them, the secret ones. Variables `given` come first. Raises SecretMissing."""
    values: dict[str, str] = {}
    hidden: list[str] = []
    for name, value in env.items():
        if isinstance(value, Secret):
            values[name] = _look_up(name, value.ref, folder, given)
            hidden.append(values[name])
        else:
            values[name] = value
    return values, tuple(hidden)


def _look_up(name: str, ref: str, folder: str, given: Mapping[str, str]) -> str:
    scheme, _, rest = ref.partition(":")
    if scheme == "env":
        return given[rest] if rest in given else _from_environment(name, rest)
    if scheme == "file":
        return _from_file(name, Path(folder, rest).expanduser())
    if scheme in ("ssm", "secretsmanager"):
        raise SecretMissing(
            f"{name} is to come from {ref}, which only the aws backend can read. "
            f"To run on this machine, use env: or file: instead"
        )
    raise SecretMissing(f"{name} is to come from {ref!r}, which is no env:, file:, ssm: or secretsmanager: reference")


def _from_environment(name: str, variable: str) -> str:
    value = os.environ.get(variable)
    if value is None:
        raise SecretMissing(
            f"{name} is to come from the environment variable {variable}, which was not set where Bunsui's engine was "
            f"started. Set it (export {variable}=...), then resume the session; while others run, "
            "or an alert is to be sent again, theirs is the engine"
        )
    if value != _unicode(value):
        raise SecretMissing(f"{name} is to come from the environment variable {variable}, which is not UTF-8")
    return value


def _from_file(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SecretMissing(
            f"{name} is to come from the file {path}, which cannot be read ({why}). Mend it, then resume the session"
        ) from None
