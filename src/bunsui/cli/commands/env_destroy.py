"""`bunsui env destroy`: remove an environment from AWS with all that is in it, after showing what that is."""

from __future__ import annotations

import click

from bunsui.cli import output
from bunsui.cli.confirming import demand
from bunsui.cli.deploying import Narrator, environment, environment_option, explained
from bunsui.cli.options import context_option, output_option
from bunsui.cli.output import Output
from bunsui.errors import Refused
from bunsui.text.body import plain
from bunsui.text.deployment import contents_lines


@click.command()
@environment_option
@click.option("--plan", "only_plan", is_flag=True, help="Show what would go, and remove nothing.")
@click.option("--confirm", metavar="NAME", help="The environment's name, so that nothing is asked.")
@context_option
@output_option
@click.pass_obj
def destroy(out: Output, name: str | None, only_plan: bool, confirm: str | None) -> int:
    """Remove an environment: pipelines, sessions, logs, outputs, reports, tables, bucket. Nothing stays.

    It shows what goes, and asks for the environment's name.

    \b
    Examples:
      bunsui env destroy --env dev --plan
      bunsui env destroy --env dev --confirm dev
    """
    with environment(name) as opened:
        name = opened.context.environment
        found = opened.environments.contents()
        if not out.json:
            out.lines(contents_lines(found, out.style))
        if not only_plan:
            said = confirm if confirm is not None else out.question("Type the environment's name to remove it: ")
            if said != name:
                hint = f"Type its name when it is asked for, or give it: --confirm {name}"
                raise Refused(f"the environment {name} was not removed: that takes its name", hint)
            demand(out, "remove the environment", yes=confirm is not None)
            with explained(out, name):
                opened.environments.destroy(found, Narrator(out))
            out.say(f"The environment {name} is gone.")
    if out.json:
        out.value({"contents": plain(found), "removed": not only_plan})
    return output.DONE
