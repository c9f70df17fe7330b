"""Finding the function behind a handler's name and calling it as its kind wants. Each is loaded once a process."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

from bunsui.task.failure import TaskFailure

Call = Callable[[Any, Any], Any]  # gets the event and a context object


def load(handler: str) -> Call:
    """``module.function`` gets the event (and, if it takes two arguments, a context); ``module:function`` keywords."""
    keywords = ":" in handler
    module_name, _, function_name = handler.partition(":") if keywords else handler.rpartition(".")
    if not module_name or not function_name:
        raise TaskFailure("Runtime.HandlerNotFound", f"{handler!r} is neither module.function nor module:function")
    function: Any = _imported(module_name)
    for part in function_name.split("."):
        function = getattr(function, part, None)
    if not callable(function):
        message = f"module {module_name!r} has no function {function_name!r}"
        raise TaskFailure("Runtime.HandlerNotFound", f"Handler {handler!r} is missing: {message}")
    return _by_keywords(function) if keywords else _by_event(function)


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except SyntaxError as error:
        where = f"{error.filename}, line {error.lineno}"
        message = f"Syntax error in module '{name}': {error.msg} ({where})"
        raise TaskFailure("Runtime.UserCodeSyntaxError", message) from error
    except ImportError as error:
        raise TaskFailure("Runtime.ImportModuleError", f"Unable to import module '{name}': {error}") from error
    except (Exception, SystemExit) as error:
        message = f"Unable to import module '{name}': it raised {type(error).__name__}: {error}"
        raise TaskFailure("Runtime.ImportModuleError", message) from error


def _by_keywords(function: Callable[..., Any]) -> Call:
    def call(event: Any, _: Any) -> Any:
        if not isinstance(event, dict):
            raise TaskFailure("Runtime.BadEvent", "a python task takes an object of keyword arguments")
        return function(**event)

    return call


def _by_event(function: Callable[..., Any]) -> Call:
    if _places(function) >= 2:
        return function
    return lambda event, _: function(event)


def _places(function: Callable[..., Any]) -> int:
    code = getattr(function, "__code__", None)
    if code is not None and not hasattr(function, "__wrapped__"):
        variable = code.co_flags & 0x04  # *args
        method = 1 if hasattr(function, "__self__") else 0
        return 2 if variable else int(code.co_argcount) - method
    import inspect

    try:
        inspect.signature(function).bind(None, None)
    except (TypeError, ValueError):
        return 1
    return 2


class LoadedFiles:
    """Which files of the user's code this process has imported: a change of one makes the process stale."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.join(os.path.abspath(folder), "")
        self._modules = 0

    def changed(self) -> list[str] | None:
        """All of them if modules were imported since the last call, else None."""
        if len(sys.modules) == self._modules:
            return None
        self._modules = len(sys.modules)
        files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        return sorted({file for file in files if isinstance(file, str) and self._is_users(file)})

    def _is_users(self, file: str) -> bool:
        return file.startswith(self._folder) and "site-packages" not in file
