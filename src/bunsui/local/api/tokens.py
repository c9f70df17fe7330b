"""Operations of workers that were handed a task token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bunsui.errors import NotFound
from bunsui.local.api import failures, texts
from bunsui.local.api.home import ApiHome
from bunsui.model.json import Json
from bunsui.ports import Answer

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class Tokens:
    def __init__(self, home: ApiHome) -> None:
        self._home = home

    def success(self, given: Mapping[str, Any]) -> dict[str, Json]:
        try:
            output = texts.parse(given["output"])
        except texts.NotJson as error:
            raise failures.invalid_output(str(error)) from None
        return self._answer(given["taskToken"], Answer(output=output))

    def failure(self, given: Mapping[str, Any]) -> dict[str, Json]:
        return self._answer(given["taskToken"], Answer(error=given.get("error", ""), cause=given.get("cause")))

    def heartbeat(self, given: Mapping[str, Any]) -> dict[str, Json]:
        try:
            self._home.engine.command("beat", {"token": _checked(given["taskToken"])})
        except NotFound:
            raise failures.token_gone() from None
        return {}

    def _answer(self, token: str, answer: Answer) -> dict[str, Json]:
        try:
            self._home.engine.answer(_checked(token), answer)
        except NotFound:
            raise failures.token_gone() from None
        return {}


def _checked(token: str) -> str:
    if not _TOKEN.fullmatch(token):
        raise failures.invalid_page()
    return token
