"""Every screen at every size: nothing breaks, help stays in sight, a change of size is followed at once."""

from __future__ import annotations

import pytest

from bunsui.tui.app import BunsuiApp
from bunsui.tui.help import Help
from bunsui.tui.palette import Palette
from bunsui.tui.prompt import Prompt
from bunsui.tui.widgets.asking import Confirm, Pick
from bunsui.tui.widgets.keybar import KeyBar
from tui.pilot import Keys, Project, at

_SIZES = ((40, 10), (80, 24), (250, 80))
_OTHERS = ((61, 17), (120, 40))
_SCREENS = (
    "sessions",
    "session down",
    "pipelines",
    "run numbers.yaml",
    "versions numbers",
    "load",
    "new",
    "edit numbers.yaml",
    "errors",
    "pools",
    "alerts",
    "settings",
)


def _foot(app: BunsuiApp) -> KeyBar:
    return app.screen.query_one(KeyBar)


@pytest.mark.parametrize(("language", "sizes"), [("en_US.UTF-8", _SIZES), ("ja_JP.UTF-8", _OTHERS)])
def test_every_screen_stands_at_every_size_and_shows_how_to_get_help(
    project: Project, language: str, sizes: tuple[tuple[int, int], ...]
) -> None:
    project.workspace.pipelines.register(project.numbers)
    project.fail("down")
    app = project.app(language=language)

    async def flow(keys: Keys) -> None:
        await keys.until("down")
        for screen in _SCREENS:
            app.command(screen)
            await keys._pilot.pause()
            for columns, rows in sizes:
                await keys.resize(columns, rows)
                await keys.until(lambda rows=rows: _foot(app).region.bottom == rows)  # type: ignore[misc]  # bound
                assert str(_foot(app).render()).rstrip().endswith(("? help", "? ヘルプ", "f1 help", "f1 ヘルプ")), (
                    screen,
                    columns,
                )
            app.action_go_home()
        await keys._pilot.pause()

    at(app, flow)


def test_what_opens_on_top_of_a_screen_stays_within_it(project: Project) -> None:
    app = project.app()
    shown = ["a line that is much too wide for a small terminal, so that it has to be wrapped"] * 20

    async def flow(keys: Keys) -> None:
        await keys.until("No session yet")
        for question in (
            Confirm("is this to be done, whatever it may be?", shown, "do it"),
            Pick("which?", {str(number): f"choice {number}" for number in range(50)}),
            Help(app.screen.active_bindings, "sessions"),
            Palette([]),
            Prompt(lambda: app.names),
        ):
            app.push_screen(question)  # type: ignore[arg-type]  # of several kinds
            for columns, rows in _SIZES:
                await keys.resize(columns, rows)
                for widget in question.query("*"):
                    assert widget.region.right <= columns, widget
                    assert not widget.region.size or widget.region.bottom <= rows, (widget, columns, rows)
            app.pop_screen()

    at(app, flow)
