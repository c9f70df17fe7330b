"""The demo's handlers as plain functions on a small source package. `test_demo_run` runs them as a pipeline."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest


def handlers(name: str) -> Any:
    return importlib.import_module(name)


@pytest.fixture
def split(source: Any) -> dict[str, Any]:
    found: dict[str, Any] = handlers("flights").split(source)
    return found


def test_the_archive_is_passed_on_when_it_is_the_one_asked_for(source: Any) -> None:
    checked = handlers("archive").check(source)
    assert checked["source"] is source
    assert checked["tables"] == ["airlines.csv", "airports.csv", "flights.csv.zip", "planes.csv", "weather.csv"]


def test_another_archive_stops_everything(source: Any) -> None:
    source["sha256"] = "0" * 64
    with pytest.raises(ValueError, match="expected 0000"):
        handlers("archive").check(source)


def test_departures_are_cut_by_month_airport_and_aircraft(split: dict[str, Any]) -> None:
    assert split["count"] == 4
    assert split["months"] == [1, 2]
    assert split["m2"] == "1,5,AA,JFK,MIA,40"
    assert split["LGA"] == "2013-01-01T10:00:00Z,20\n2013-01-01T11:00:00Z,NA"
    assert split["aircraft"] == {"N14228": [1, 11], "N24211": [1, 30], "N619AA": [1, 33]}


def test_a_month_is_tallied_with_its_cancelled_flights_apart(split: dict[str, Any]) -> None:
    month = handlers("months").summarise({"month": 1, "departures": split["m1"]})
    assert month["tallies"]["origin"] == {"EWR": [1, 0, 10], "LGA": [2, 1, 20]}


def test_months_add_up_to_rankings_and_a_calendar(split: dict[str, Any]) -> None:
    module = handlers("months")
    months = [module.summarise({"month": m, "departures": split[f"m{m}"]}) for m in split["months"]]
    calendar = module.calendar(months)
    assert calendar["months"] == [[1, 3, 1, 15.0], [2, 1, 0, 40.0]]
    assert calendar["worst_month"] == 40.0
    assert calendar["worst_days"][0] == ["2013-02-01", 1, 0, 40.0]
    ranked = module.rankings(months, {}, {"EWR": "Newark"})
    assert ranked["origins"] == [["JFK", 1, 0, 40.0], ["LGA", 2, 1, 20.0], ["Newark", 1, 0, 10.0]]


def test_departures_meet_the_weather_of_their_hour(source: Any, split: dict[str, Any]) -> None:
    module = handlers("weather")
    skies = module.hours(source)
    assert skies == {
        "LGA": {"2013-01-01T10:00:00Z": "heavy rain"},
        "JFK": {"2013-02-01T10:00:00Z": "snow"},
    }
    joined = [module.effect({"airport": a, "departures": split[a], "skies": skies.get(a, {})}) for a in ("LGA", "JFK")]
    assert joined[0]["skies"]["heavy rain"] == [1, 20, 0]
    assert joined[0]["skies"]["dry"] == [1, 0, 1]
    assert module.storms(joined)["skies"] == [("snow", 1, 40.0, 0.0), ("heavy rain", 1, 20.0, 0.0)]


def test_the_registry_hangs_up_once_and_goes_on_where_it_was(
    source: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = handlers("fleet")
    monkeypatch.setattr(module, "PAGE", 1)
    with pytest.raises(module.RegistryHungUp):
        module.registry(source)
    assert module.registry(source) == {"built": {"N14228": 1999, "N24211": 2012}}
    assert "going on after row 1" in capsys.readouterr().out


def test_delays_by_age_leave_out_unknown_aircraft() -> None:
    ages = handlers("fleet").ages({"old": 1999, "new": 2012}, {"old": [2, 30], "new": [1, 5], "unknown": [9, 900]})
    assert ages == {"ages": [["up to 5 years", 1, 1, 5.0], ["11 to 15 years", 1, 2, 15.0]]}


REPORT: dict[str, Any] = {
    "count": 4,
    "calendar": {
        "months": [[1, 3, 1, 15.0], [2, 1, 0, 40.0]],
        "hours": [[5, 300, 0, 3.5], [19, 200, 2, 30.0]],
        "days": [["2013-01-01", 3, 1, 15.0], ["2013-02-01", 1, 0, 40.0]],
        "worst_days": [["2013-02-01", 1, 0, 40.0]],
    },
    "rankings": {
        "airlines": [["Slow <Air>", 900, 1, 30.0], ["Quick Air", 900, 1, 3.0]],
        "origins": [["Kennedy", 1, 0, 40.0]],
        "destinations": [["Miami", 400, 0, 40.0]],
    },
    "skies": [["snow", 1, 40.0, 0.0], ["dry", 2, 10.0, 1.0]],
    "ages": [["up to 5 years", 1, 1, 5.0], ["older", 1, 2, 15.0]],
}


def test_the_summary_names_the_worst() -> None:
    file = handlers("summary").text(**REPORT)["summary"]
    text = Path(file).read_text()
    assert "Slow <Air>, 30.0 minutes late on average; best: Quick Air, 3.0" in text
    assert "leave at 5 o'clock (3.5 minutes), not at 19 (30.0)" in text


def test_the_page_escapes_what_it_shows_and_fetches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in.json").write_text(json.dumps(REPORT))
    monkeypatch.setenv("BUNSUI_INPUT", str(tmp_path / "in.json"))
    monkeypatch.setenv("BUNSUI_OUTPUT", str(tmp_path / "out.json"))
    handlers("page").main()
    reference = json.loads((tmp_path / "out.json").read_text())["report"]
    page = (tmp_path / "objects" / reference["$ref"]).read_text()
    assert "Slow &lt;Air&gt;" in page
    assert "Slow <Air>" not in page
    assert "src=" not in page
    assert "url(" not in page
