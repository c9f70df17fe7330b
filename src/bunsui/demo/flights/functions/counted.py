"""Leaves a line in the log for each real run of a handler: `bunsui demo --crash` counts them."""

from __future__ import annotations

import functools
import os
from typing import Any, Callable, TypeVar

from bunsui import task

Handler = TypeVar("Handler", bound=Callable[..., Any])


def counted(handler: Handler) -> Handler:
    @functools.wraps(handler)
    def run(*arguments: Any, **named: Any) -> Any:
        task.log("run", key=task.idempotency_key, process=os.getpid())
        return handler(*arguments, **named)

    return run  # type: ignore[return-value]  # the same signature, which only Python 3.10 can say
