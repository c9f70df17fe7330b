"""What can be done on every screen: help, commands, the palette, copying, theme and language, trying again.

Where one can go from there is the app's.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Event, InputEvent
from textual.screen import ModalScreen

from bunsui.model.context import LOCAL, Context
from bunsui.settings import BadSetting
from bunsui.text import escape, language, width
from bunsui.text.language import _, mark
from bunsui.tui import copying, garbage, keys, mends, naming, themes
from bunsui.tui.attention import EVERY, Attention
from bunsui.tui.choices import Choices
from bunsui.tui.commands import NoCommand, parsed
from bunsui.tui.completion import Names
from bunsui.tui.contexts import lines as context_lines
from bunsui.tui.contexts.gate import Gate
from bunsui.tui.contexts.places import Places
from bunsui.tui.garbage import Garbage
from bunsui.tui.help import Help
from bunsui.tui.keys import Bound
from bunsui.tui.loader import Loader
from bunsui.tui.messages import Known
from bunsui.tui.palette import Entry, Palette, entries
from bunsui.tui.prompt import Prompt
from bunsui.tui.screen import Unsaved, View
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
        Binding("C", "context", mark("context"), show=False, tooltip=mark("look at another context"), id="app.context"),
        Binding("q", "leave", mark("quit"), show=False, tooltip=mark("quit"), id="app.quit"),
        Binding("colon", "command", mark("command"), key_display=":", id="app.command"),
        Binding("question_mark", "help", mark("help"), key_display="?", id="app.help"),
    ]

    def __init__(
        self,
        open_workspace: Callable[[], Workspace],
        home: Path | None,
        environ: Mapping[str, str],
        places: Places | None = None,
    ) -> None:
        """`places`: the contexts that one can go to, and in which one begins; without them there is one."""
        super().__init__()
        self.places = places
        mends.apply()
        self.animation_level = "none"  # over a slow line, and for many eyes: what moves is there at once
        language.use(language.of_locale(environ))
        self.gate = Gate(lambda: self.context, self.push_screen)
        self.loader = self._loader(open_workspace, places.home if places else home)
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

    def _loader(self, open_workspace: Callable[[], Workspace], home: Path | None) -> Loader:
        loader = Loader(open_workspace, home)
        loader.gate = self.gate
        return loader

    @property
    def context(self) -> Context:
        return self.places.current if self.places else LOCAL

    @property
    def marks_context(self) -> bool:
        """Whether every screen says where one is."""
        return self.places is not None and self.places.is_marked

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
        contexts = self.places.names if self.places else ()
        return Names(known.sessions, known.pipelines, sorted(self.available_themes), contexts)

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

    def action_context(self, name: str = "") -> None:
        """The context of this name; without one, choose."""
        try:
            contexts = self.places.all() if self.places else {LOCAL.name: LOCAL}
        except BadSetting as error:
            self.warn("\n".join([str(error), *map(str, error.problems[:3]), error.hint]))
            return
        if not name:
            shown = context_lines.rows(contexts, self.context.name)
            question = Pick(_("context"), shown, at=self.context.name)
            self.push_screen(question, lambda one: self.action_context(one) if one else None)
        elif name in contexts:
            self._go_to_context(contexts[name])
        else:
            self.warn(_("no context {name!r}: {all}").format(name=name, all=", ".join(contexts)))

    def _go_to_context(self, context: Context) -> None:
        if self.places is None or context == self.context:
            return
        if any(isinstance(one, Unsaved) and one.modified for one in self.screen_stack):
            self.warn(_("there is a text that is not saved: save it or leave it first"))
            return
        left = self.loader
        self.places.choose(context)
        self.loader = self._loader(self.places.open, self.places.home)
        self.attention = Attention(self.loader)
        self.known = None
        self.begin_anew()
        self.loader.start()
        self._read_names()
        Thread(target=left.close, daemon=True).start()  # what it still reads may take long
        self.notify(
            _("now in {name}; for commands: {command}").format(
                name=escape.line(context.name), command=escape.line(f"bunsui context use {context.name}")
            ),
            markup=False,
        )

    @abstractmethod
    def begin_anew(self) -> None:
        """Every screen is of another context: all go, and the list of sessions is begun again."""

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
        if text.startswith("bunsui ") and self.places and self.places.is_marked:
            text = f"bunsui --context {self.context.name} {text.removeprefix('bunsui ')}"
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
