"""`bunsui validate`: every problem of every file, with its place."""

from __future__ import annotations

import click

from bunsui.cli import output
from bunsui.cli.options import context_option, output_option, target_option
from bunsui.cli.output import Output
from bunsui.cli.settings import settings
from bunsui.errors import InvalidInput, NotFound
from bunsui.model.json import Json
from bunsui.model.problem import Problem, Severity
from bunsui.offline import open_pipelines
from bunsui.services.pipelines.manager import PipelineManager
from bunsui.text import escape, words
from bunsui.text.problems import problem_body, problem_line


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@target_option
@context_option
@output_option
@click.pass_obj
def validate(out: Output, files: tuple[str, ...], target: str | None) -> int:
    """Check pipeline files: all problems at once.

    Each problem is one line, FILE:LINE:COLUMN and what to do, as editors read it. Nothing is run.
    Exit code 3 when there is an error; warnings alone pass.
    """
    found = settings()
    aws = (target or found.context.backend) == "aws"
    with open_pipelines(found) as pipelines:
        checked = [(file, *_check(pipelines, file, aws)) for file in files]
    if out.json:
        out.value(_body(checked))
    else:
        _write(out, checked)
    codes = [code for _, _, code in checked if code]
    return max(codes, default=output.DONE)


Checked = tuple[str, tuple[Problem, ...], int]


def _check(pipelines: PipelineManager, file: str, aws: bool) -> tuple[tuple[Problem, ...], int]:
    """Its problems and what they mean as an exit code; a file that cannot be read is a problem of its own."""
    from bunsui.model.problem import Place

    try:
        problems = pipelines.load_config(file, aws=aws).problems
    except NotFound as error:
        return (Problem(Place(file), f"{error}.", f"{error.hint}."),), error.exit_code
    except InvalidInput as error:
        return error.problems or (Problem(Place(file), f"{error}.", f"{error.hint}."),), error.exit_code
    return problems, output.PROBLEMS if _errors(problems) else output.DONE


def _errors(problems: tuple[Problem, ...]) -> int:
    return sum(problem.severity is Severity.ERROR for problem in problems)


def _write(out: Output, checked: list[Checked]) -> None:
    for file, problems, code in checked:
        for problem in problems:
            out.data(problem_line(problem, out.style))
        if not code:
            out.data(f"{out.style.paint(out.style.glyph('SUCCEEDED'), 'green')} {escape.line(file)} is valid")
    bad = sum(1 for _, _, code in checked if code)
    found = sum(_errors(problems) for _, problems, _ in checked)
    if bad:
        out.say(out.talk.paint(f"{words.counted(found, 'error')} in {words.counted(bad, 'file')}", "red"))


def _body(checked: list[Checked]) -> Json:
    return {
        "valid": not any(code for _, _, code in checked),
        "files": [
            {"file": file, "valid": not code, "problems": [problem_body(problem) for problem in problems]}
            for file, problems, code in checked
        ],
    }
