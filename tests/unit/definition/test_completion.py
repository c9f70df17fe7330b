"""What is offered at a place of an unfinished file. ``|`` is the cursor."""

from __future__ import annotations

import pytest

from bunsui.definition.completion import complete

FILE = """version: 1
name: numbers
params:
  month: {type: integer}
  day:
    type: string
operations:
  extract:
    python: {call: "steps:extract"}
  load:
    needs: [extract]
    for_each: "{% $extract.rows %}"
    python: {call: "steps:load"}
    with: {x: "{% $item %}"}
  last:
"""


def offered(end: str, file: str = FILE) -> list[str]:
    before, _, after = (file + end).partition("|")
    line, column = before.count("\n"), len(before.rpartition("\n")[2])
    return [one.text for one in complete(before + after, line, column).offers]


@pytest.mark.parametrize(
    ("end", "first"),
    [
        ("    nee|", ["needs"]),
        ("    needs: [lo|]", ["load"]),
        ("    needs: [load, |]", ["extract"]),
        ("    needs:\n      - load\n      - e|", ["extract"]),
        ("    python: {|}", ["call", "code", "memory"]),
        ('    python: {call: "a:b", |}', ["code", "memory"]),
        ("    run_if: all_|", ["all_success", "all_done"]),
        ("    idempotent: |", ["true", "false"]),
        ("    retry: {jitter: f|}", ["full"]),
        ("    retry:\n      - {on: [A], jitter: |}", ["none", "full"]),
        ("    retry:\n      - on: [A]\n        jit|", ["jitter"]),
        ('    when: "{% $|', ["params", "extract", "load"]),
        ('    when: "{% $params.|', ["month", "day"]),
        ('    when: "{% $load.|', ["items", "succeeded", "failed", "errors"]),
        ('    when: "{% $extract.|', ["rows"]),
        ('    when: "{% $su|', ["substring", "substringAfter", "substringBefore", "sum"]),
        ('    when: "{%\n      $params.m|', ["month"]),
    ],
)
def test_what_fits_the_place_is_offered(end: str, first: list[str]) -> None:
    assert offered(end)[: len(first)] == first


@pytest.mark.parametrize("end", ["    description: any te|", "    with: {anything: |}", "  somet|", "# a comment |"])
def test_nothing_is_offered_where_anything_may_stand(end: str) -> None:
    assert offered(end) == []


def test_an_operation_is_not_offered_itself_nor_what_waits_for_it() -> None:
    assert offered("", FILE.replace('python: {call: "steps:extract"}', "needs: [|]")) == ["last"]


def test_a_second_kind_is_not_offered_but_other_keys_are() -> None:
    found = offered('    python: {call: "a:b"}\n    |')
    assert "lambda" not in found
    assert {"needs", "with", "retry"} <= set(found)


def test_what_an_operation_must_need_first_is_said() -> None:
    text = FILE.replace('    python: {call: "steps:extract"}', '    when: "{% $la')
    line = text.split("\n").index('    when: "{% $la')
    offers = complete(text, line, len('    when: "{% $la')).offers
    assert (offers[0].text, offers[0].about) == ("last", "its output, once it is in 'needs'")


def test_keys_of_the_file_are_offered_with_those_that_it_must_have_first() -> None:
    assert offered("|", "")[:2] == ["version", "name"]
    assert offered("de|", "version: 1\n") == ["description", "defaults", "definition"]


def test_a_key_brings_what_follows_it() -> None:
    def behind(word: str, in_file: str = "operations:\n  a:\n    ") -> tuple[str, str]:
        line = in_file.count("\n")
        offer = complete(in_file + word, line, len(in_file.rpartition("\n")[2]) + len(word)).offers[0]
        return offer.after, offer.tail

    assert behind("needs") == (": [", "]")
    assert behind("wait") == (": {", "}")
    assert behind("when") == (': "{% $', ' %}"')
    assert behind("retry") == (": ", "")
    assert behind("with") == (":\n      ", "")


def test_a_word_that_is_whole_already_is_told_though_a_longer_one_fits() -> None:
    text = FILE + "  extract_more: {needs: [extract"
    line, column = text.count("\n"), len(text.rpartition("\n")[2])
    assert complete(text, line, column).whole
    assert not complete(text[:-1], line, column - 1).whole
