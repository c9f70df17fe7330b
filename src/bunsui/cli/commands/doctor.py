"""`bunsui doctor`: what is wrong with the home and the machine, or with a context on AWS; replays; a backup."""

from __future__ import annotations

from collections.abc import Sequence

import click

from bunsui.cli import output
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, output_option
from bunsui.cli.output import Output
from bunsui.services.views import Check
from bunsui.text import escape
from bunsui.text.body import plain
from bunsui.text.style import Style

_GLYPHS = {"ok": ("SUCCEEDED", "green"), "warning": ("UPSTREAM_FAILED", "yellow"), "error": ("FAILED", "red")}


@click.command()
@click.option("--verify", is_flag=True, help="Replay every journal and compare it with what was recorded.")
@click.option("--backup", metavar="DIR", help="Copy databases and objects into a new folder.")
@context_option
@output_option
@click.pass_obj
def doctor(out: Output, verify: bool, backup: str | None) -> int:
    """Check the home folder and this machine; in a context on AWS, who asks and whether all of it answers.

    Nothing is changed. --verify and --backup are of the home.
    Exit code 6 when something is wrong.
    """
    with workspace() as opened:
        checks = list(opened.doctor.checks())
        if verify:
            checks += opened.doctor.verify()
        if backup:
            checks += opened.doctor.backup(backup)
    if out.json:
        out.value({"ok": not _bad(checks), "checks": plain(checks)})
    else:
        for check in checks:
            out.lines(_lines(check, out.style))
    return 6 if _bad(checks) else output.DONE


def _bad(checks: Sequence[Check]) -> bool:
    return any(check.status == "error" for check in checks)


def _lines(check: Check, style: Style) -> list[str]:
    status, colour = _GLYPHS.get(check.status, ("PENDING", ""))
    line = f"{style.paint(style.glyph(status), colour)} {escape.line(check.name):<22} {escape.line(check.detail)}"
    return [line, *([f"  {style.dim('hint:')} {escape.line(check.hint)}"] if check.hint else [])]
