"""Events of the API in our words."""

from __future__ import annotations

from datetime import UTC, datetime

from bunsui.aws import history
from bunsui.model.history import HistoryEvent


def test_an_event_has_its_texts_parsed() -> None:
    told = {
        "id": 3,
        "previousEventId": 2,
        "type": "TaskStateExited",
        "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
        "stateExitedEventDetails": {
            "name": "load",
            "output": '{"rows": 3}',
            "outputDetails": {"truncated": False},
            "assignedVariables": {"n": "1", "word": "text"},
        },
    }
    details = {
        "name": "load",
        "output": {"rows": 3},
        "outputDetails": {"truncated": False},
        "assignedVariables": {"n": 1, "word": "text"},
    }
    assert history.event_of(told) == HistoryEvent(3, 2, "TaskStateExited", 1767225600.0, details)


def test_an_event_without_details_has_none_and_a_cause_stays_a_text() -> None:
    bare = {"id": 1, "type": "ParallelStateStarted", "timestamp": datetime(2026, 1, 1, tzinfo=UTC)}
    assert history.event_of(bare).details == {}
    failed = {**bare, "taskFailedEventDetails": {"error": "E", "cause": '{"errorMessage": "x"}'}}
    assert history.event_of(failed).details == {"error": "E", "cause": '{"errorMessage": "x"}'}


def test_what_is_no_json_is_the_text_itself() -> None:
    assert history.parsed("not {json") == "not {json"
    assert history.parsed("null") is None
    assert history.parsed(None) is None
