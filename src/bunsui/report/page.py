"""The page of a session: what stands in each section is worked out in the modules beside this one.

How a page is written, and what makes it safe, is in `writing`; its look in `templates`.
"""

from __future__ import annotations

from markupsafe import Markup

from bunsui.model.failure import ErrorAnalysis
from bunsui.model.status import SessionStatus
from bunsui.report.cost import cost
from bunsui.report.dag import drawings
from bunsui.report.data import ReportData
from bunsui.report.differences import differences
from bunsui.report.log_lines import embedded, evidence_lines
from bunsui.report.operations import rows
from bunsui.report.remedies import remedies
from bunsui.report.summary import headline, tiles
from bunsui.report.timeline import chart, summary
from bunsui.report.writing import written

_WIDE, _NARROW = 1060, 330  # pixels that the graph may take on a screen, and on a phone


def render(data: ReportData) -> str:
    """The whole file."""
    last = data.last
    gantt = chart(last, data.at) if last else None
    path = gantt.path if gantt else ()
    outer = last.operations if last else ()
    listed, failures = rows(data), _failures(data)
    compared = differences(data, data.before) if data.before else None
    encoding, text = embedded(data.log, data.errors)
    return written(
        "session.html",
        _SCRIPTS,
        data=data,
        session=data.session,
        **failures,
        headline=headline(data),
        tiles=tiles(data),
        remedies=remedies(data),
        graphs=drawings(outer, path, _WIDE, _NARROW).items(),
        chart=gantt,
        chart_says=summary(gantt, last, data.at) if gantt and last else "",
        earlier=[(run, chart(run, data.at)) for run in reversed(data.runs[:-1])],
        rows=listed,
        numbers={row.name: row.number for row in listed},
        outputs_first=data.session.status is SessionStatus.COMPLETED,
        encoding=encoding,
        opens_at=next((lines[0] for _, lines in failures["errors_shown"] if lines), ""),
        log_text=Markup(text),  # noqa: S704  # no character of it means anything in HTML
        differences=compared,
        changed_params={one.name for one in compared.params} if compared else set(),
        cost=cost(data),
    )


def _failures(data: ReportData) -> dict[str, list[tuple[ErrorAnalysis, list[int]]]]:
    """Those of the last execution, and those before: each with its lines in the log."""
    last = data.session.executions[-1] if data.session.executions else None
    end = f"{last.name}#{last.redrives}" if last else ""
    every = list(zip(data.errors, evidence_lines(data.log, data.errors), strict=True))
    return {
        "errors_shown": [pair for pair in every if pair[0].end == end],
        "errors_before": [pair for pair in every if pair[0].end != end],
    }


_SCRIPTS = ("moments.js", "tables.js", "log.js", "paper.js")
