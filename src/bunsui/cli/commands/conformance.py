"""`bunsui conformance`: recorded executions of Step Functions, run here and compared."""

from __future__ import annotations

from dataclasses import asdict

import click

from bunsui.cli import output
from bunsui.cli.options import output_option
from bunsui.cli.output import Output
from bunsui.offline import conformance as judged
from bunsui.text import escape
from bunsui.text.table import Column, table

_COLUMNS = [Column("GROUP"), *(Column(title, right=True) for title in ("CASES", "RUN", "FINAL", "FULL"))]


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path())
@output_option
@click.pass_obj
def conformance(out: Output, folder: str) -> int:
    """Compare the local engine with recorded executions of AWS Step Functions.

    Every JSON file below DIR that is a case is run on a virtual clock: FINAL counts those whose status, output, error
    and cause agree with what AWS gave, FULL those whose whole history agrees, too. Cases of an operation that is not
    tried here are counted, but not run. Each miss is named with where it differs first. Exit code 3 when there is one.
    """
    found = judged(folder)
    if out.json:
        out.value({"groups": [asdict(score) for score in found.scores], "misses": [asdict(m) for m in found.misses]})
    else:
        rows = [(s.group, str(s.cases), str(s.run), str(s.final), str(s.full)) for s in found.scores]
        sums = [str(sum(getattr(s, name) for s in found.scores)) for name in ("cases", "run", "final", "full")]
        for line in table(_COLUMNS, [*map(_safe, rows), ("", *sums)], out.style, None):
            out.data(line)
        for miss in found.misses:
            out.data(f"{escape.line(miss.group)}  {escape.line(miss.id)}")
            out.data(f"  {escape.line(miss.why)}")
    return output.PROBLEMS if found.misses else output.DONE


def _safe(row: tuple[str, ...]) -> tuple[str, ...]:
    return (escape.line(row[0]), *row[1:])
