"""Two texts of a pipeline: what changed by lines and by meaning."""

from __future__ import annotations

from bunsui.definition import ConfigValidator
from bunsui.services.pipelines.comparing import compare
from bunsui.services.pipelines.views import LoadedConfig
from bunsui.text import comparison
from bunsui.text.style import Style

OLD = """version: 1
name: a
operations:
  read: {command: {run: [cat]}}
  gone: {command: {run: [cat]}}
  load: {needs: [read], command: {run: [cat]}}
"""
NEW = """version: 1
name: a
operations:
  read: {command: {run: [cat]}}
  load: {needs: [read], timeout: 1m, command: {run: [cat, -n]}}
  last: {needs: [load], command: {run: [cat]}}
"""


def loaded(text: str) -> LoadedConfig:
    found = ConfigValidator().validate(text.encode(), "a.yaml")
    return LoadedConfig("a.yaml", text, found.problems, found.pipeline)


def test_operations_that_came_went_and_changed_are_told_with_their_keys() -> None:
    found = compare(loaded(OLD), loaded(NEW), ("a@1", "a@2"))

    assert found.operations == {"load": ("command", "timeout"), "last": ("new",), "gone": ("gone",)}
    said = "\n".join(comparison.lines(found, Style(False), 80))
    assert "~ load  changed: command, timeout" in said
    assert "+ last  added" in said
    assert "- gone  removed" in said
    assert "-  gone: {command: {run: [cat]}}" in said


def test_the_same_text_has_no_difference_and_a_comment_changes_no_operation() -> None:
    same = compare(loaded(OLD), loaded(OLD), ("a@1", "a@1"))
    commented = compare(loaded(OLD), loaded("# note\n" + OLD), ("a@1", "a@2"))

    assert (same.same, same.operations) == (True, {})
    assert (commented.same, commented.operations) == (False, {})
    assert "No operation runs otherwise" in "".join(comparison.lines(commented, Style(False), 80))


def test_what_it_means_is_not_told_of_a_text_that_is_not_valid() -> None:
    found = compare(loaded(OLD), loaded("version: 1\n"), ("a@1", "a@2"))

    assert found.operations is None
    assert "cannot be told" in "".join(comparison.lines(found, Style(False), 80))
