"""A failed expression in every face: which file and line, which key, the author's own words, and what was wrong."""

from __future__ import annotations

import json

from cli.program import bunsui, data

PIPELINE = """version: 1
name: summed
operations:
  one:
    command: {run: ["sh", "-c", "echo '{\\"total\\": \\"x\\"}' > $BUNSUI_OUTPUT"]}
  two:
    needs: [one]
    command: {run: [cat, nothing]}
    with: {double: "{% $one.total * 2 %}"}
"""
TOLD = (
    'summed.yaml:6:3 with.double: $one.total * 2: The left side of the "*" operator must evaluate to a number (T2001)'
)


def test_a_failed_expression_is_told_alike_in_errors_alert_and_report(project, home):
    (project / "summed.yaml").write_text(PIPELINE)
    ran = bunsui("run", "summed.yaml", "--name", "sum")
    assert "JSONata expression" not in ran.stdout + ran.stderr

    (one,) = data("session", "errors", "sum")["errors"]
    alert = json.dumps(data("alert", "list", "sum"))
    page = next((home / "objects" / "reports" / "sum").glob("*.html")).read_text()

    assert one["cause"] == TOLD
    assert "The JSONata expression" not in alert + page
    assert "$one.total * 2: The left side of the &#34;*&#34; operator" in page
    assert "The JSONata expression" in bunsui("session", "history", "sum", "--output", "json").stdout  # as it was said
