"""What is said above a screen while the backend cannot be reached, or while something takes long. It covers nothing."""

from __future__ import annotations

from bunsui.text import escape, width, words
from bunsui.text.language import _, mark
from bunsui.text.said import said
from bunsui.tui.asked import Busy
from bunsui.tui.outage import Outage
from bunsui.tui.paint import STYLE
from bunsui.tui.widgets.line import Line

_TURNING = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_WORK = {  # by the name of the job; any other reads
    "report": mark("writing the report"),
    "save": mark("saving"),
    "make": mark("making the files"),
    "register": mark("registering"),
    "run": mark("starting"),
    "recover": mark("recovering"),
    "cancel": mark("cancelling"),
    "answer": mark("answering"),
    "plan": mark("looking for ways out"),
    "way": mark("looking at what that would run"),
    "drain": mark("changing the pool"),
    "set": mark("changing the pool"),
    "release": mark("giving slots back"),
    "test": mark("sending a test"),
    "compare": mark("packaging and comparing"),
    "deploy": mark("deploying"),
}


class Banner(Line):
    DEFAULT_CSS = """
    Banner { dock: top; display: none; background: $error 15%; padding: 0 1; height: auto; }
    Banner.busy { background: $panel; }
    """

    def tell(self, *lines: str, busy: bool = False) -> None:
        """Nothing to say: it is not there."""
        self.set_class(busy, "busy")
        self.display = bool(lines)
        self.say(*lines)


def out(outage: Outage, now: float, columns: int, *, tried: bool) -> list[str]:
    """Why, what to do, how old is what is shown, and when it is tried again."""
    reason = _("The backend cannot be reached: {why}").format(why=escape.line(said(outage.reason)))
    lines = [STYLE.paint(part, "red bold") for part in width.wrap(f"{STYLE.glyph('FAILED')} {reason}", columns)]
    wait = max(round(outage.retry - now), 0)
    again = _("trying ...") if tried or not wait else _("next try in {seconds}s").format(seconds=wait)
    told = [escape.line(said(outage.hint)), again, _("u tries now"), _age(outage, now)]
    return lines + width.joined([part for part in told if part], "  ·  ", columns)


def _age(outage: Outage, now: float) -> str:
    if outage.had is None:
        return _("nothing was read yet")
    age = round(now - outage.had)
    return _("what is shown is {age} old").format(age=f"{age}s" if age < 60 else words.duration(age))


def what(busy: Busy) -> str:
    return _(_WORK.get(busy.asked.name.partition(" ")[0], mark("reading")))


def working(busy: Busy, now: float, columns: int) -> list[str]:
    spent = now - busy.since
    wheel = STYLE.paint(_TURNING[int(spent * 2) % len(_TURNING)], "cyan")
    told = _("{job} ... {spent}, esc cancels").format(job=what(busy), spent=words.duration(spent))
    return [f"{wheel} {width.cut(told, columns - 2)}"]
