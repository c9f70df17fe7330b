"""Every error says what happened and what to type next. What raises them is tested where it lives."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import bunsui
from bunsui import errors
from bunsui.errors import ApiError, BunsuiError, IllegalTransition, Untrusted


def _tree(root: type[BunsuiError]) -> list[type[BunsuiError]]:
    return [root, *(found for child in root.__subclasses__() for found in _tree(child))]


def _every_error() -> list[type[BunsuiError]]:
    for info in pkgutil.walk_packages(bunsui.__path__, "bunsui."):
        if not info.name.endswith("__main__") and not info.name.startswith("bunsui.demo"):
            importlib.import_module(info.name)
    return _tree(BunsuiError)[1:]


def _made(cls: type[BunsuiError]) -> BunsuiError:
    if cls is IllegalTransition:
        return IllegalTransition("flights-1", "COMPLETED", "RUNNING")
    if cls is ApiError:
        return ApiError("ExecutionDoesNotExist", "Execution Does Not Exist: 'flights-1'")
    if cls is Untrusted:
        return Untrusted("s3://pipes/flights-1.yaml", ("load: command ls",), "0" * 64)
    return cls("session flights-1 is gone")


@pytest.mark.parametrize("cls", _every_error(), ids=lambda cls: cls.__name__)
def test_an_error_has_a_message_a_hint_and_an_exit_code(cls: type[BunsuiError]) -> None:
    error = _made(cls)
    assert "flights-1" in str(error)
    assert error.hint
    assert error.exit_code in {3, 4, 5, 6}


def test_a_hint_of_its_own_wins() -> None:
    assert errors.NotFound("no pipeline 'etl'", "bunsui pipeline register etl.yaml").hint.endswith("etl.yaml")


@pytest.mark.parametrize(
    "cls", [c for c in _every_error() if c.__module__ == "bunsui.errors"], ids=lambda c: c.__name__
)
def test_the_tree_is_drawn_at_the_top_of_the_module(cls: type[BunsuiError]) -> None:
    assert cls.__name__ in (errors.__doc__ or "")
