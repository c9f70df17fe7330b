"""Which fields each type of state may have. Their values are checked in `validation`."""

from __future__ import annotations

from collections.abc import Mapping

_EVERY = frozenset({"Type", "Comment", "QueryLanguage"})
_FLOW = _EVERY | {"Next", "End", "Output", "Assign"}
_GUARDED = _FLOW | {"Retry", "Catch"}

MACHINE = frozenset({"Comment", "StartAt", "States", "QueryLanguage", "TimeoutSeconds", "Version"})
BRANCH = frozenset({"Comment", "StartAt", "States"})
PROCESSOR = BRANCH | {"ProcessorConfig"}

STATE: Mapping[str, frozenset[str]] = {
    "Task": _GUARDED | {"Resource", "Arguments", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"},
    "Wait": _FLOW | {"Seconds", "Timestamp"},
    "Pass": _FLOW,
    "Succeed": _EVERY | {"Output"},
    "Fail": _EVERY | {"Error", "Cause"},
    "Choice": _EVERY | {"Choices", "Default", "Output", "Assign"},
    "Parallel": _GUARDED | {"Branches", "Arguments"},
    "Map": _GUARDED
    | {"Items", "ItemSelector", "ItemProcessor", "MaxConcurrency", "ToleratedFailureCount"}
    | {"ToleratedFailurePercentage", "Label"},
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "Task": ("Resource",),
    "Choice": ("Choices",),
    "Parallel": ("Branches",),
    "Map": ("ItemProcessor",),
}
DISTRIBUTED = frozenset({"ItemReader", "ItemBatcher", "ResultWriter"})
JSONPATH_ONLY = frozenset(
    {
        "InputPath", "OutputPath", "Parameters", "Result", "ResultPath", "ResultSelector", "ItemsPath", "Iterator",
        "MaxConcurrencyPath", "SecondsPath", "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath",
        "ErrorPath", "CausePath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath",
    }
)  # fmt: skip

RETRIER = frozenset(
    {"Comment", "ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"}
)
CATCHER = frozenset({"Comment", "ErrorEquals", "Next", "Output", "Assign"})
RULE = frozenset({"Comment", "Condition", "Next", "Output", "Assign"})
