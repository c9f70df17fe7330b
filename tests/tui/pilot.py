"""What tests of the full-screen interface share: a project on a home, the app's keys, and what it shows."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot
from textual.widget import Widget

from bunsui.settings import Settings
from bunsui.tui.app import BunsuiApp
from bunsui.tui.widgets.keybar import KeyBar
from bunsui.tui.widgets.line import Line
from bunsui.tui.widgets.sheet import Sheet
from bunsui.workspace import Workspace, open_workspace

STEPS = """
from pathlib import Path
HERE = Path(__file__).parent


def fetch(n=3):
    print("fetching [bold]all[/bold] \\x1b[31mred", n)
    return {"rows": list(range(n))}


def twice(x):
    return {"y": 2 * x}


def total():
    if (HERE / "bad").exists():
        raise ConnectionError("the warehouse refused the connection")
    return {"sum": 6}
"""
NUMBERS = """
version: 1
name: numbers
params:
  n: {type: integer, default: 3, minimum: 1, maximum: 9}
operations:
  fetch: {python: {call: "steps:fetch"}, with: {n: "{% $params.n %}"}}
  twice: {needs: [fetch], for_each: "{% $fetch.rows %}", python: {call: "steps:twice"}, with: {x: "{% $item %}"}}
  total: {needs: [twice], python: {call: "steps:total"}}
outputs: {sum: "{% $total.sum %}"}
"""
ASKING = """
version: 1
name: asking
operations:
  ask: {approval: {message: "Publish [red]it[/red]?"}}
"""
BROKEN = """
version: 1
name: numbers
operations:
  load: {needs: [fetsch], python: {call: "steps:total"}}
  fetch: {}
"""


_NAMES = {" ": "space", "/": "slash", ".": "full_stop", ":": "colon", "_": "underscore", "-": "minus", "@": "at"}


def plain(line: str) -> str:
    return re.sub("\x1b\\[[0-9;]*m", "", line)


class Project:
    """Files of a user, and a home whose engine runs in this process.

    The app has a workspace of its own on it.
    """

    def __init__(self, folder: Path, settings: Settings, workspace: Workspace) -> None:
        self.folder, self.settings, self.workspace = folder, settings, workspace
        self.numbers = "numbers.yaml"  # in the current folder
        self.asking = "asking.yaml"
        self.broken = "broken.yaml"

    def run(self, name: str = "first", **params: int) -> str:
        """To its end."""
        session = self.workspace.run(self.numbers, params, name=name)
        self.workspace.sessions.wait(session.id, 60)
        return session.id

    def fail(self, name: str = "down") -> str:
        (self.folder / "bad").touch()
        id = self.run(name)
        (self.folder / "bad").unlink()
        return id

    def app(self, *, first: bool = False, language: str = "en_US.UTF-8") -> BunsuiApp:
        """`first`: as somebody's first time here, who is offered the tour."""
        app = BunsuiApp(
            lambda: open_workspace(self.settings, host_engine=False), self.settings.home, {"LANG": language}
        )
        if not first:
            app.state.put("tour", "offered")
        return app


def seen(app: BunsuiApp) -> str:
    """What the front screen shows, line by line: rows as they are drawn, pages, headings."""
    texts: list[str] = []
    for widget in app.screen.query("*"):
        if not widget.display or not widget.region.size:
            continue
        if isinstance(widget, Sheet):
            top, height = widget.scroll_offset.y, max(widget.size.height, 0)
            texts += ["".join(part.text for part in widget.strip(top + y)).rstrip() for y in range(height)]
        elif isinstance(widget, Line):
            texts += [plain(line) for line in widget.lines]
    return "\n".join(texts)


def foot(app: BunsuiApp) -> str:
    """The keys at the foot of the front screen."""
    bar = max(app.screen.query(KeyBar), key=lambda one: one.region.bottom)
    return bar.render().plain.strip()


async def until(app: BunsuiApp, wanted: str | Callable[[], bool], within: float = 20) -> str:
    """Until the pattern is seen, or the condition holds."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if re.search(wanted, seen(app)) if isinstance(wanted, str) else wanted():
            return seen(app)
        await asyncio.sleep(0.03)
    raise AssertionError(f"{wanted!r} was not shown:\n{seen(app)}")


class Keys:
    """Somebody at the app."""

    def __init__(self, app: BunsuiApp, pilot: Pilot[None]) -> None:
        self.app, self._pilot = app, pilot

    async def press(self, *keys: str) -> None:
        await self._pilot.press(*keys)

    async def type(self, text: str) -> None:
        await self._pilot.press(*[_NAMES.get(one, one) for one in text])

    async def until(self, wanted: str | Callable[[], bool]) -> str:
        return await until(self.app, wanted)

    async def click(self, widget: type[Widget], x: int, y: int, times: int = 1) -> None:
        """Counted from its upper left corner."""
        await self._pilot.click(widget, offset=(x, y), times=times)

    async def pause(self, seconds: float) -> None:
        await self._pilot.pause(seconds)

    async def resize(self, columns: int, rows: int) -> None:
        await self._pilot.resize_terminal(columns, rows)


def at(app: BunsuiApp, flow: Callable[[Keys], Awaitable[None]], size: tuple[int, int] = (100, 30)) -> None:
    async def whole() -> None:
        async with app.run_test(size=size) as pilot:
            await flow(Keys(app, pilot))

    asyncio.run(whole())
