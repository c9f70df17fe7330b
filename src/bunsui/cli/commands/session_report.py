"""`bunsui session report`: a session as one HTML file."""

from __future__ import annotations

import webbrowser

import click

from bunsui.cli import ending, output
from bunsui.cli.opening import workspace
from bunsui.cli.options import context_option, output_option, session_argument
from bunsui.cli.output import Output
from bunsui.cli.writing import refuse_to_replace, write_whole
from bunsui.model.json import Json
from bunsui.services.wiring import rfc3339
from bunsui.text import words
from bunsui.text.addresses import expiry


@click.command()
@session_argument
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@click.option("--to", "target", metavar="FILE", help="Write a copy there.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--renew", is_flag=True, help="Write it anew, also if the session has ended and there is one.")
@context_option
@output_option
@click.pass_obj
def report(out: Output, session: str, show: bool, target: str | None, force: bool, renew: bool) -> int:
    """Write a session's report: one HTML file that needs no network.

    What failed and why, what to do, the graph, the timeline, the log with search, parameters, outputs, cost, and what
    is not as it was in the last good session. Of a session that has not ended: how it stands now.

    \b
    Examples:
      bunsui session report @last --open
      bunsui session report @last --to ~/nightly.html
    """
    refuse_to_replace(target, force=force)
    with workspace() as opened:
        found = opened.sessions.refresh(session)
        address, html = opened.reports.written(found, renew=renew)
    copy = write_whole(target, html, force=force) if target else None
    if show:
        webbrowser.open(copy or address)
    if out.json:
        until = expiry(address)
        body: dict[str, Json] = {"session": found.id, "report": address, "copy": copy, "bytes": len(html)}
        out.value(body | ({"until": rfc3339(until)} if until else {}))
    else:
        holds = "" if copy else ending.holding(address, out.style)
        out.data(f"{ending.place(copy or address)}  {words.size(len(html))}{holds}")
    return output.DONE
