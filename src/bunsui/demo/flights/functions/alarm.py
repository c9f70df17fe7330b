"""What a month gets that is later than anyone should accept."""

from __future__ import annotations

from typing import Any

from counted import counted

from bunsui import task


@counted
def raise_alarm(months: list[list[Any]], limit: float) -> dict[str, Any]:
    """Lists the months above the limit. Where there is none, `when` skips this operation."""
    bad = [month for month, _, _, mean in months if mean > limit]
    task.log(f"mean delay above {limit} minutes in month {', '.join(map(str, bad))}", "WARNING")
    return {"months": bad}
