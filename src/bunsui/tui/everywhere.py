"""What can be done on every screen: help, commands, the palette, copying, theme and language, trying again.

Where one can go from there is the app's.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Event, InputEvent
from textual.screen import ModalScreen

from bunsui.text import escape, language, width
from bunsui.text.language import _, mark
from bunsui.tui import copying, garbage, keys, naming, themes
from bunsui.tui.attention import EVERY, Attention
from bunsui.tui.choices import Choices
from bunsui.tui.commands import NoCommand, parsed
from bunsui.tui.completion import Names
from bunsui.tui.garbage import Garbage
from bunsui.tui.help import Help
from bunsui.tui.keys import Bound
from bunsui.tui.loader import Loader
from bunsui.tui.messages import Known
from bunsui.tui.palette import Entry, Palette, entries
from bunsui.tui.prompt import Prompt
from bunsui.tui.screen import View
from bunsui.tui.state import State
from bunsui.tui.typing import InOrder
from bunsui.tui.widgets.asking import Pick
from bunsui.workspace import Workspace

_TOLD = 60  # columns of what was copied


class Everywhere(InOrder):
    ENABLE_COMMAND_PALETTE = False  # ours is in `palette`
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", mark("copy"), show=False, tooltip=mark("copy what is marked"), id="app.copy"),
        Binding("ctrl+p", "palette", mark("everything"), show=False, tooltip=mark("find anything"), id="app.palette"),
        Binding("u", "retry", mark("try again now"), show=False, priority=True, id="app.retry"),
        Binding("escape", "cancel", mark("do not wait"), show=False, priority=True, id="app.cancel"),
        Binding("q", "leave", mark("quit"), show=False, tooltip=mark("quit"), id="app.quit"),
        Binding("colon", "command", mark("command"), key_display=":", id="app.command"),
        Binding("question_mark", "help", mark("help"), key_display="?", id="app.help"),
    ]

    def __init__(self, open_workspace: Callable[[], Workspace], home: Path | None, environ: Mapping[str, str]) -> None:
        super().__init__()
        self.animation_level = "none"  # over a slow line, and for many eyes: what moves is there at once
        language.use(language.of_locale(environ))
        self.loader = Loader(open_workspace, home)
        self.state = State(home)
        self.choices = Choices(home, self.state)
        self.attention = Attention(self.loader)
        self.known: Known | None = None
        self.garbage: Garbage | None = None
        for theme in themes.OURS:
            self.register_theme(theme)
        self.choices.read(sorted(self.available_themes), lambda: self.bound)
        self.set_keymap(self.choices.keymap)
        self.theme = self.choices.theme or (themes.GREY if self.no_color else themes.DARK).name

    @cached_property
    def bound(self) -> tuple[Bound, ...]:
        return keys.bound(Everywhere)

    @abstractmethod
    def go(self, route: str, argument: str = "") -> None:
        """To a screen by its name."""

    def begin(self) -> None:
        """When there is a screen."""
        self.loader.start()
        self.set_interval(EVERY, self._look)
        if self.garbage is not None:
            self.set_interval(garbage.EVERY, self.garbage.look)
        self._read_names()
        self._tell_problems()

    async def on_event(self, event: Event) -> None:
        if self.garbage is not None and isinstance(event, InputEvent):
            self.garbage.pressed()
        await super().on_event(event)

    def on_unmount(self) -> None:
        self.loader.close()

    def _tell_problems(self) -> None:
        told = [str(one) for one in self.choices.problems[:3]]
        told += [self.state.problem] if self.state.problem else []
        if told:
            self.notify("\n".join(map(escape.line, told)), severity="warning", markup=False, timeout=12)

    @property
    def front(self) -> View | None:
        """The screen in front; below a question, the one that it is about."""
        return next((one for one in reversed(self.screen_stack) if isinstance(one, View)), None)

    def _look(self) -> None:
        if self.front is not None:
            self.attention.look(self.front)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("retry", "cancel"):
            return isinstance(self.screen, View) and self.attention.takes(action, self.screen)
        return True

    def action_help(self) -> None:
        if isinstance(self.screen, View):
            title = self.screen.TITLE
            self.push_screen(Help(self.screen.active_bindings, _(title) if title else ""))

    def action_command(self) -> None:
        if not isinstance(self.screen, ModalScreen):
            self._read_names()
            self.push_screen(Prompt(lambda: self.names), self.command)

    def action_palette(self) -> None:
        if not isinstance(self.screen, ModalScreen):
            self._read_names()
            self.push_screen(Palette(entries(self.screen.active_bindings, self.names)), self._chosen)

    def _read_names(self) -> None:
        self.loader.read(self, "names", naming.names)

    @property
    def names(self) -> Names:
        known = self.known or Known((), ())
        return Names(known.sessions, known.pipelines, sorted(self.available_themes))

    async def _chosen(self, entry: Entry | None) -> None:
        if entry is None:
            return
        if entry.node is not None:
            await self.run_action(entry.action, entry.node)
        elif entry.line.endswith(" "):
            self.push_screen(Prompt(lambda: self.names, entry.line), self.command)
        else:
            self.command(entry.line)

    def command(self, text: str | None) -> None:
        """A line after `:`."""
        if not text or not text.strip():
            return
        try:
            command, argument = parsed(text)
        except NoCommand as problem:
            self.warn(str(problem))
            return
        if command.route:
            self.go(command.route, argument)
            return
        method = getattr(self, f"action_{command.action}")
        if command.argument:
            method(argument)
        else:
            method()

    def warn(self, text: str) -> None:
        self.notify(escape.line(text), severity="warning", markup=False)

    def action_theme(self, name: str = "") -> None:
        if not name:
            chosen = themes.Choice(sorted(self.available_themes), self.theme)
            self.push_screen(chosen, lambda one: self.action_theme(one) if one else None)
        elif name in self.available_themes:
            self.theme = name
            self._keep("theme", name)
        else:
            self.warn(_("no theme {name!r}").format(name=name))

    def action_language(self, name: str = "") -> None:
        if not name:
            self.push_screen(Pick(_("language"), language.NAMES), self._spoken)
        elif name in language.NAMES:
            language.use(name)
            self._keep("language", name)
            for screen in self.screen_stack:
                if isinstance(screen, View):
                    screen.translated()
        else:
            self.warn(_("no language {name!r}: {all}").format(name=name, all=", ".join(language.NAMES)))

    def _keep(self, what: str, value: str) -> None:
        self.state.problem = ""
        self.state.put(what, value)
        if self.state.problem:
            self.warn(self.state.problem)

    def _spoken(self, name: str | None) -> None:
        if name:
            self.action_language(name)

    def action_copy(self) -> None:
        things = {label: text for label, text in (self.front.copyable() if self.front else {}).items() if text}
        if not things:
            self.warn(_("nothing to copy here"))
        elif len(things) == 1:
            self.copy(*next(iter(things.items())))
        else:
            wide = max(map(width.columns, things))
            shown = {label: f"{width.pad(label, wide)}  {escape.line(text)}" for label, text in things.items()}
            chosen = Pick(_("copy what?"), shown)
            self.push_screen(chosen, lambda label: self.copy(label, things[label]) if label else None)

    def copy(self, label: str, text: str) -> None:
        copying.copy(self, text)
        told = width.cut(escape.line(text), _TOLD)
        self.notify(_("copied: {what}  {text}").format(what=label, text=told), markup=False, timeout=3)

    def action_retry(self) -> None:
        self.attention.retry()

    def action_cancel(self) -> None:
        if self.front is not None:
            self.attention.cancel(self.front)

    def action_help_quit(self) -> None:
        """Ctrl+C, as in other programs."""
        self.notify(_("q quits; what runs goes on in the background"), markup=False, timeout=3)

    def action_leave(self) -> None:
        self.exit()
