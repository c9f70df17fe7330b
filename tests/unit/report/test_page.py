"""The page as a text: complete, closed, and nothing of a user's is ever markup. How it behaves: `tests/browser`."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from browser import story
from bunsui.model.status import SessionStatus
from bunsui.report.data import ReportData
from bunsui.report.page import render

VOID = {"meta", "link", "br", "input", "path", "rect", "line"}


class Reading(HTMLParser):
    """Every element with its attributes; `open` must be empty at the end."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unmatched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.unmatched.append(tag)


@pytest.fixture(scope="module")
def page() -> str:
    return render(story.failed())


@pytest.fixture(scope="module")
def reading(page: str) -> Reading:
    return Reading(page)


def test_it_has_every_section(page: str) -> None:
    wanted = "failures remedies graph timeline operations log differences facts outputs executions cost definition"
    assert [name for name in wanted.split() if f'<section id="{name}"' not in page] == []


def test_every_element_is_closed_in_order(reading: Reading) -> None:
    assert (reading.open, reading.unmatched) == ([], [])


def test_every_link_within_it_leads_somewhere(reading: Reading) -> None:
    ids = {attributes["id"] for _, attributes in reading.elements if "id" in attributes}
    links = [str(attributes["href"]) for tag, attributes in reading.elements if tag == "a" and "href" in attributes]
    assert {link[1:] for link in links if link.startswith("#")} - ids == set()


def test_it_asks_nothing_of_a_network(reading: Reading) -> None:
    sources = [
        value for _, attributes in reading.elements for key, value in attributes.items() if key in ("src", "href")
    ]
    assert [source for source in sources if not str(source).startswith(("#", "data:,"))] == []


def test_its_policy_allows_its_own_style_and_script_and_no_other(page: str, reading: Reading) -> None:
    policy = next(str(a["content"]) for _, a in reading.elements if a.get("http-equiv") == "Content-Security-Policy")
    own = [re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL) for tag in ("style", "script")]
    hashes = [base64.b64encode(hashlib.sha256(one[1].encode()).digest()).decode() for one in own if one]
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'" in policy
    assert "unsafe" not in policy
    assert [attributes for _, attributes in reading.elements if "style" in attributes] == []


def test_what_users_wrote_is_never_markup(reading: Reading) -> None:
    assert [tag for tag, _ in reading.elements if tag in ("img", "iframe", "object")] == []
    assert [key for _, attributes in reading.elements for key in attributes if key.startswith("on")] == []
    assert len([tag for tag, _ in reading.elements if tag == "script"]) == 2


def test_an_address_that_would_run_something_is_no_link(page: str) -> None:
    assert 'href="javascript' not in page


def test_what_cannot_be_seen_is_spelt_out(page: str) -> None:
    assert {character for character in "\u2028\u202e\x1b\x00" if character in page} == set()
    assert "\\u202e" in page


@pytest.mark.parametrize("status", SessionStatus)
def test_a_session_of_every_status_has_a_report(status: SessionStatus) -> None:
    data = replace(story.failed(), session=replace(story.SESSION, status=status))
    assert f'<h1 id="title">{story.SESSION.id}</h1>' in render(data)


def test_a_session_that_never_ran_has_a_report() -> None:
    bare = ReportData(replace(story.SESSION, executions=(), started=None, ended=None), story.T, ())
    assert "Nothing was written." in render(bare)


def test_the_same_session_at_the_same_time_is_the_same_file(page: str) -> None:
    assert render(story.failed()) == page


def test_the_log_is_data_that_reads_back(page: str) -> None:
    found = re.search(
        r'<script type="application/json" id="log-data" data-encoding="json" data-open="3">(.*?)</script>', page
    )
    assert found
    log = json.loads(found[1])
    assert log["message"] == [line.message for line in story.LINES]
    assert log["evidence"] == [[3]]


def test_the_headline_says_what_failed_why_and_what_is_done(page: str) -> None:
    assert "load failed after 31.0s: a fault in the code (KeyError). 3 operations are done, 1 could not run." in page


def test_outputs_come_first_when_all_went_well() -> None:
    page = render(story.completed())
    assert 0 < page.index('id="outputs"') < page.index('id="graph"')
    assert 'id="failures"' not in page
