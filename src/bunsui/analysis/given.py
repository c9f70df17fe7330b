"""What a task was handed, told from the call in a history: the values of `with`, without the envelope around them."""

from __future__ import annotations

import json

from bunsui.model.json import Json

_ENVELOPE = "bunsui"
_HIDDEN = frozenset({"token", ":token"})  # answers anybody who holds it


def given(parameters: Json, put: Json = None) -> Json:
    """The `with` of an operation; of a call that Bunsui's runtime does not take part in, its parameters.

    `put` are the parameters of the call that put what a container is handed into the object store, where one did.
    """
    if isinstance(put, dict) and "Body" in put:
        return _open(put["Body"])
    found = _wrapped(parameters)
    return _open(parameters) if found is None else found


def _wrapped(value: Json) -> Json:
    """None: there is no envelope in it."""
    if isinstance(value, str) and value.startswith(f'{{"{_ENVELOPE}"'):
        try:
            return _wrapped(json.loads(value))
        except ValueError:
            return None
    if isinstance(value, dict):
        if _ENVELOPE in value and "with" in value:
            return _open(value["with"])
        return next((found for one in value.values() if (found := _wrapped(one)) is not None), None)
    if isinstance(value, list):
        return next((found for one in value if (found := _wrapped(one)) is not None), None)
    return None


def _open(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _open(one) for key, one in value.items() if key.lower() not in _HIDDEN}
    return [_open(one) for one in value] if isinstance(value, list) else value
