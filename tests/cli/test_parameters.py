"""The table of a pipeline's parameters."""

from __future__ import annotations

from bunsui.model.pipeline import Parameter
from bunsui.text import parameters
from bunsui.text.style import Style

_SOME = {
    "day": Parameter("day", pattern=r"^\d{4}$", description="Which day"),
    "month": Parameter("month", "integer", required=False, default=1, minimum=1, maximum=12),
    "to": Parameter("to", required=False, default="EUR", choices=("EUR", "JPY")),
    "rows": Parameter("rows", "list", required=False, default=[1, 2], min_length=1),
}


def test_each_parameter_has_type_rules_and_default():
    assert list(parameters.lines(_SOME, 100, Style(colour=False))) == [
        "",
        "PARAMETER  TYPE                    DEFAULT   ABOUT",
        r"day        string like ^\d{4}$     required  Which day",
        "month      integer 1 to 12         1",
        "to         string one of EUR, JPY  EUR",
        "rows       list at least 1 long    [1,2]",
    ]


def test_a_pipeline_without_parameters_has_no_table():
    assert list(parameters.lines({}, 100, Style(colour=False))) == []


def test_as_json_each_has_its_rules():
    assert parameters.body(_SOME)[1] == {
        "name": "month",
        "type": "integer",
        "required": False,
        "default": 1,
        "rules": "1 to 12",
        "description": "",
    }
