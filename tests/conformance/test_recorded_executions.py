"""The recorded executions of AWS whose machines are JSONata throughout, on a virtual clock.

The cases lie beside the repository (`../shared/conformance`); without them these tests are skipped.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "conformance"

# What differs from AWS, by id of the case, and why. A case that begins to agree must leave this list.
KNOWN_MISSES: dict[str, str] = {}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded cases in {FOLDER}")


def load(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def jsonata(machine: dict[str, Any], language: str) -> bool:
    """Inner machines have the language of the outermost one, states may have their own."""
    for state in machine.get("States", {}).values():
        inner = [state.get("Iterator"), state.get("ItemProcessor"), *(state.get("Branches") or ())]
        if state.get("QueryLanguage", language) != "JSONata":
            return False
        if not all(jsonata(part, language) for part in inner if isinstance(part, dict)):
            return False
    return True


def cases() -> list[dict[str, Any]]:
    found = []
    for path in sorted(FOLDER.glob("cases/*/*.json")):
        case = json.loads(path.read_text())
        definition = case.get("definition")
        if case["api"] != "start_execution" or not isinstance(definition, dict):
            continue
        if jsonata(definition, definition.get("QueryLanguage", "JSONPath")):
            found.append(case)
    return found


@pytest.fixture(scope="module")
def verdicts() -> dict[str, dict[str, Any]]:
    compare = load("recorded_compare", FOLDER / "compare.py").compare
    observe = load("virtual_host", Path(__file__).with_name("virtual_host.py")).observe
    return {case["id"]: {"group": case["group"], **compare(case, observe(case))} for case in cases()}


def agrees(verdict: dict[str, Any]) -> bool:
    return bool(verdict["final"]) and verdict["full"] is not False


def test_only_the_known_misses_differ_from_aws(verdicts: dict[str, dict[str, Any]]) -> None:
    misses = {id: verdict["why"] for id, verdict in verdicts.items() if not agrees(verdict)}
    assert misses.keys() == KNOWN_MISSES.keys(), misses


REFUSED = ("create_state_machine", "validate_state_machine_definition")


def test_jsonata_definitions_that_aws_refuses_are_refused_in_its_words() -> None:
    compare = load("recorded_compare", FOLDER / "compare.py").compare
    refuse = load("virtual_host", Path(__file__).with_name("virtual_host.py")).refuse
    found = 0
    for path in sorted(FOLDER.glob("cases/*/*.json")):
        case = json.loads(path.read_text())
        if case["api"] in REFUSED and (case.get("definition") or {}).get("QueryLanguage") == "JSONata":
            found += 1
            assert compare(case, refuse(case))["final"], case["id"]
    assert found >= 2


def test_the_score_by_group(verdicts: dict[str, dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    total = Counter(verdict["group"] for verdict in verdicts.values())
    final = Counter(verdict["group"] for verdict in verdicts.values() if verdict["final"])
    full = Counter(verdict["group"] for verdict in verdicts.values() if agrees(verdict))
    with capsys.disabled():
        print()
        for group, count in sorted(total.items()):
            print(f"  recorded {group:<12} {final[group]:>3} final {full[group]:>3} full of {count}")
    assert sum(total.values()) >= 54
