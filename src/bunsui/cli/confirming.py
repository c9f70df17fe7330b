"""What is asked before something is changed: yes or no; in production, the context's name.

What a command shows before it asks is the command's own.
"""

from __future__ import annotations

from bunsui.cli.output import Output
from bunsui.cli.settings import settings
from bunsui.errors import Refused
from bunsui.text import escape


def demand(out: Output, deed: str, yes: bool = False) -> None:
    """Before a deed that a production context wants to have confirmed ("start a session"). Raises Refused.

    Who named the context for this very command, and said --yes, has confirmed it. Elsewhere nothing is asked.
    """
    found = settings()
    context = found.context
    if not context.production or (yes and found.named):
        return
    if not out.can_ask:
        raise _refused(deed, context.name)
    out.say(f"{out.talk.paint('!', 'yellow bold')} {escape.line(context.name)} is production.")
    if out.question(f"Type its name to {deed}: ") != context.name:
        raise _refused(deed, context.name)


def agreed(out: Output, question: str, deed: str, yes: bool) -> bool:
    """Whether it is to be done: in production by the context's name, elsewhere by a word. Raises Refused."""
    if settings().context.production:
        demand(out, deed, yes)
        return True
    return yes or out.ask(question)


def _refused(deed: str, name: str) -> Refused:
    hint = f"Type its name when it is asked for, or confirm it in the command: --context {name} --yes"
    return Refused(f"{name} is production: to {deed} there takes its name", hint)
