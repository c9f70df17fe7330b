"""`bunsui env deploy`: an environment and pipelines onto AWS, after a plan."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from bunsui.cli import output
from bunsui.cli.confirming import agreed
from bunsui.cli.deploying import Narrator, environment, environment_option, explained
from bunsui.cli.options import context_option, output_option, yes_option
from bunsui.cli.output import Output
from bunsui.cli.program import program
from bunsui.cli.settings import settings
from bunsui.errors import Refused
from bunsui.model.context import AWS
from bunsui.services.deploying import Deployment
from bunsui.text.body import plain
from bunsui.text.deployment import plan_lines


@click.command()
@click.argument("files", metavar="[FILE]...", nargs=-1)
@environment_option
@click.option("--plan", "only_plan", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--template", "folder", metavar="DIR", help="Write templates and packages into a folder, deploy nothing.")
@yes_option
@context_option
@output_option
@click.pass_obj
def deploy(
    out: Output, files: tuple[str, ...], name: str | None, only_plan: bool, folder: str | None, yes: bool
) -> int:
    """Put an environment and pipelines on AWS, with CloudFormation, after showing what would change.

    Without FILE the environment alone: tables, bucket, topic, cluster, controller. FILE is a pipeline file, or the name
    of a registered pipeline; what it nests goes along. The same again does nothing.

    \b
    Examples:
      bunsui env deploy --env dev
      bunsui env deploy flights.yaml --env dev --plan
    """
    with environment(name) as opened:
        name = opened.context.environment
        with explained(out, name):
            if not out.json:
                out.say("Packaging and comparing ...")
            narrator = Narrator(out)
            planned = opened.environments.prepare(files, narrator)
            if folder is not None:
                return _write(out, planned, Path(folder))
            done = _deploy(out, planned, narrator, only_plan, yes)
    if done and not out.json:
        out.say(f"Run there: {program()} run {shlex.quote(files[0]) if files else 'FILE'}{_there(name)}")
    if out.json:
        out.value({"plan": plain(planned.plan), "deployed": done})
    return output.DONE


def _deploy(out: Output, planned: Deployment, narrator: Narrator, only_plan: bool, yes: bool) -> bool:
    """Whether something was to be done."""
    plan = planned.plan
    if not out.json:
        out.lines(plan_lines(plan, out.style))
    if only_plan or not (plan.is_empty or agreed(out, "Deploy it?", f"deploy to {plan.environment}", yes)):
        planned.drop()
        if only_plan:
            return False
        raise Refused("nothing was deployed", "The same with --yes; --plan only shows")
    narrator.expect(plan)
    planned.carry_out(narrator)
    narrator.sum_up(plan)
    return True


def _there(name: str) -> str:
    """What is missing in a command without a context of its own."""
    context = settings().context
    if context.backend == "aws" and context.environment == name:
        return ""
    return (
        " --backend aws" if name == AWS.environment else f" --context NAME, with environment = {name!r} in bunsui.toml"
    )


def _write(out: Output, planned: Deployment, folder: Path) -> int:
    written = []
    try:
        for name, body in planned.files():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
            written.append(str(path))
    finally:
        planned.drop()
    if out.json:
        out.value({"files": [*written]})
    else:
        out.lines(written)
    return output.DONE
