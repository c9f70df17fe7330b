"""`bunsui serve`: opens the home and serves it. The command line finds it by its name in a table."""

from __future__ import annotations

import json
import secrets
import socket

import click

from bunsui.errors import InvalidInput
from bunsui.server.gate import Gate, is_loopback
from bunsui.server.service import Service, listen
from bunsui.settings import BadSetting, Settings, load
from bunsui.workspace import open_workspace

_PORT = 8083


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=_PORT, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--token", metavar="TEXT", envvar="BUNSUI_SERVE_TOKEN", help="What clients must have as access key.")
@click.option(
    "--allow-host", "hosts", multiple=True, metavar="NAME", help="A further name that clients use; repeatable."
)
@click.option(
    "--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to tell it."
)
def serve(host: str, port: int, token: str | None, hosts: tuple[str, ...], output: str) -> int:
    """Serve Step Functions and Lambda on this machine, for boto3, the AWS CLI and whatever speaks to AWS.

    State machines and executions are kept in the home: they survive a kill and go on. Functions run as processes here.
    It ends with Ctrl-C; executions that are open go on in the background.

    \b
    Examples:
      bunsui serve
      bunsui serve --port 0 --output json
      AWS_ENDPOINT_URL_SFN=http://127.0.0.1:8083 aws stepfunctions list-state-machines
    """
    settings = _settings()
    local = is_loopback(host)
    if not local and not token:
        token = secrets.token_urlsafe(24)
    with open_workspace(settings, host_engine=True) as workspace:
        workspace.aws("states", "ListStateMachines", {"maxResults": 1})  # what is wrong with the home is said now
        workspace.prepare()
        gate = Gate(frozenset(name.lower() for name in (*hosts, host)), token)
        with listen(host, port) as listener:
            Service(workspace.aws, gate).run(listener, lambda: _tell(listener, token, settings, output))
    return 0


def _settings() -> Settings:
    try:
        return load()
    except BadSetting as error:
        raise InvalidInput(str(error), error.hint) from None


def _tell(listener: socket.socket, token: str | None, settings: Settings, output: str) -> None:
    host, port = listener.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    key = token or "local"
    if output == "json":
        click.echo(json.dumps({"url": url, "home": str(settings.home), "access_key": key}))
        return
    click.echo(f"Step Functions and Lambda are at {url} (home {settings.home}). Ctrl-C ends it.")
    click.echo(
        f"  export AWS_ENDPOINT_URL_SFN={url} AWS_ENDPOINT_URL_LAMBDA={url}\n"
        f"  export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1"
    )
