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
_PATHS = _EVERY | {"InputPath", "OutputPath"}
_PATH_FLOW = _PATHS | {"Next", "End", "Assign"}
_PATH_RESULT = _PATH_FLOW | {"Parameters", "ResultPath"}
_PATH_GUARDED = _PATH_RESULT | {"ResultSelector", "Retry", "Catch"}

PATH_STATE: Mapping[str, frozenset[str]] = {
    "Task": _PATH_GUARDED
    | {"Resource", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath", "Credentials"},
    "Wait": _PATH_FLOW | {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"},
    "Pass": _PATH_RESULT | {"Result"},
    "Succeed": _PATHS,
    "Fail": _EVERY | {"Error", "ErrorPath", "Cause", "CausePath"},
    "Choice": _PATHS | {"Choices", "Default", "Assign"},
    "Parallel": _PATH_GUARDED | {"Branches"},
    "Map": _PATH_GUARDED
    | {"ItemsPath", "ItemSelector", "ItemProcessor", "Iterator", "MaxConcurrency", "MaxConcurrencyPath", "Label"}
    | {"ToleratedFailureCount", "ToleratedFailureCountPath"}
    | {"ToleratedFailurePercentage", "ToleratedFailurePercentagePath"},
}
JSONATA_ONLY = frozenset({"Arguments", "Output", "Items", "Condition"})

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
PATH_CATCHER = frozenset({"Comment", "ErrorEquals", "Next", "ResultPath", "Assign"})
PATH_RULE = frozenset({"Comment", "Next", "Assign"})
