"""The report as a reader meets it: in a real browser, from a file, with nothing else there."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from browser import story
from browser.chromium import Browser, address
from bunsui.analysis.trends import Past, trend
from bunsui.report import pipeline_page
from bunsui.report.data import Log, ReportData
from bunsui.report.page import render

READY = "document.documentElement.dataset.log === 'ready'"
SEARCH = """((text) => {
  const find = document.getElementById("find");
  find.value = text;
  find.dispatchEvent(new Event("input"));
  return [document.getElementById("found").textContent,
    [...document.querySelectorAll(".entry .message")].map((line) => line.textContent)];
})"""
SMALL, LARGE = 5, 50_000


def opened(browser: Browser, folder: Path, data: ReportData, **how: object) -> None:
    (folder / "report.html").write_text(render(data), encoding="utf-8")
    browser.open(address(folder / "report.html"), **how)  # type: ignore[arg-type]  # as much as it needs
    browser.until(READY)


def long_log() -> ReportData:
    every = [story.line(n / 100, f"op{n % 7}", f"customer {n} has {n % 13} orders") for n in range(LARGE)]
    every[40_000] = replace(every[40_000], message="the needle in it", level="ERROR")
    return replace(story.failed(), log=Log(tuple(every)))


def test_it_opens_without_a_complaint_and_asks_for_nothing_else(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, story.failed())
    browser.run("new Promise((done) => setTimeout(done, 50))")
    assert browser.complaints == []
    assert [url for url in browser.requests if not url.startswith("data:")] == [address(tmp_path / "report.html")]


@pytest.mark.parametrize("data", [story.failed(), story.completed()], ids=["failed", "completed"])
def test_planted_scripts_are_inert(browser: Browser, tmp_path: Path, data: ReportData) -> None:
    opened(browser, tmp_path, data)
    browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    browser.run("document.querySelectorAll('.entry').forEach((one) => one.click())")
    browser.run(f"{SEARCH}('<img')")
    browser.run("new Promise((done) => setTimeout(done, 50))")
    assert browser.run("[window.planted ?? null, document.images.length]") == [None, 0]
    assert browser.complaints == []


def test_what_is_hidden_in_a_line_of_the_log_is_spelt_out(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, story.failed())
    assert browser.run(f"{SEARCH}('planted')") == [
        "1 of 5 lines",
        [story.HOSTILE.replace("\u2028", "\\u{2028}").replace("\u202e", "\\u{202e}").replace("\x1b[31m", "")],
    ]


def test_it_opens_at_the_line_that_says_why(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, story.failed())
    assert browser.run("document.querySelector('#chosen pre').textContent") == "KeyError: 'amount'"
    assert browser.run("document.querySelectorAll('.entry.proof').length") == 1


def test_it_opens_at_the_last_execution_s_failure_not_at_one_before(browser: Browser, tmp_path: Path) -> None:
    before = replace(story.ERROR, end="nightly-20260921-abcdef-0#0", attempt="0.0.0")
    lines = (story.line(0, "load", "KeyError: 'amount'", "ERROR", "0.0.0"), *story.LINES)
    opened(browser, tmp_path, replace(story.failed(), errors=(before, story.ERROR), log=Log(lines)))
    assert browser.run("document.querySelector('#chosen .head').textContent.includes('attempt 1.0.0')") is True
    assert browser.run("document.querySelectorAll('.entry.proof').length") == 2


def test_the_log_is_filtered_by_operation_and_level(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, story.failed())
    browser.run("document.querySelector('.show-operation[data-operation=extract]').click()")
    assert browser.run(f"{SEARCH}('')")[0] == "2 of 5 lines"
    browser.run("document.getElementById('clear').click()")
    browser.run(
        "{ const by = document.getElementById('by-level'); by.value = '3'; by.dispatchEvent(new Event('input')); }"
    )
    assert browser.run(f"{SEARCH}('')")[0] == "2 of 5 lines"


def test_fifty_thousand_lines_stay_usable(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, long_log())
    assert browser.run(f"{SEARCH}('Needle')")[0] == f"0 of {LARGE:,} lines"
    assert browser.run(f"{SEARCH}('needle')") == [f"1 of {LARGE:,} lines", ["the needle in it"]]
    assert browser.run(f"{SEARCH}('')")[0] == f"{LARGE:,} lines"
    browser.run("{ const box = document.getElementById('lines'); box.scrollTop = box.scrollHeight; }")
    browser.until(f"document.querySelector('#window').lastChild.textContent.includes('customer {LARGE - 1} ')")
    assert browser.run("document.querySelectorAll('.entry').length") < 200
    assert browser.complaints == []


def test_one_sees_what_is_around_a_line_that_was_found(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, long_log())
    browser.run(f"{SEARCH}('needle')")
    browser.run("document.querySelector('.entry').click()")
    browser.run("document.querySelector('#chosen button').click()")
    shown = browser.run("[...document.querySelectorAll('.entry .message')].map((line) => line.textContent)")
    assert {"customer 39999 has 11 orders", "the needle in it", "customer 40001 has 0 orders"} <= set(shown)


def test_operations_are_sorted_by_a_click(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, story.failed())
    browser.run(
        "[...document.querySelectorAll('#table thead button')].find((one) => one.textContent === 'Took').click()"
    )
    names = browser.run("[...document.querySelectorAll('#table th .name')].map((one) => one.textContent)")
    assert names[-2:] == ["rates", "publish"]
    assert browser.run("document.querySelector('th[aria-sort]').getAttribute('aria-sort')") == "descending"


def test_a_box_of_the_graph_leads_to_its_operation(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, story.failed())
    browser.run("location.hash = document.querySelectorAll('.dag .box')[0].getAttribute('href')")
    assert browser.until("document.querySelector('tbody:target details')?.open") is True


def test_times_are_told_in_utc_or_as_they_are_here(browser: Browser, tmp_path: Path) -> None:
    browser.ask("Emulation.setTimezoneOverride", timezoneId="Asia/Tokyo")
    opened(browser, tmp_path, story.failed())
    began = "document.querySelector('#facts time').textContent"
    assert browser.run(began) == "2026-09-21 14:13:20 UTC"
    browser.run("document.getElementById('zone').click()")
    assert browser.run(began) == "2026-09-21 23:13:20 UTC+09:00"
    assert browser.run("document.querySelector('.entry .when').textContent").startswith("23:13")


@pytest.mark.parametrize("how", [{}, {"dark": True}, {"width": 390, "height": 844, "phone": True}], ids=str)
def test_nothing_is_wider_than_the_screen(browser: Browser, tmp_path: Path, how: dict[str, object]) -> None:
    opened(browser, tmp_path, story.failed(), **how)
    assert browser.run("document.documentElement.scrollWidth <= innerWidth") is True
    assert len(browser.picture()) > 20_000


def test_it_is_light_or_dark_as_the_reader_wants(browser: Browser, tmp_path: Path) -> None:
    def paper() -> str:
        return str(browser.run("getComputedStyle(document.body).backgroundColor"))

    opened(browser, tmp_path, story.failed())
    light = paper()
    opened(browser, tmp_path, story.failed(), dark=True)
    assert (light, paper()) == ("rgb(246, 247, 249)", "rgb(16, 20, 24)")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(browser: Browser, tmp_path: Path, dark: bool) -> None:
    opened(browser, tmp_path, story.failed(), dark=dark)
    assert browser.run(CONTRAST) == []


def test_on_paper_it_is_whole(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, story.failed())
    body = browser.pdf()
    assert body.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", body)) >= 2
    assert "KeyError: 'amount'" in browser.run("document.getElementById('paper').textContent")


def test_the_page_of_a_pipeline_opens_without_a_complaint(browser: Browser, tmp_path: Path) -> None:
    sessions = [Past(story.HOSTILE, "FAILED", "2026-01-01T00:00:00Z", 3.0, failed=frozenset({story.HOSTILE}))]
    sessions += [Past(f"s{n}", "COMPLETED", "2026-01-01T00:00:00Z", 1.0 + n, operations={"a": 1.0}) for n in range(9)]
    (tmp_path / "pipeline.html").write_text(pipeline_page.render(trend("nightly", sessions), story.T, "0.1.0"))
    browser.open(address(tmp_path / "pipeline.html"), width=390)
    assert browser.run("[window.planted ?? null, document.querySelectorAll('.sessions rect').length]") == [None, 10]
    assert browser.run("document.documentElement.scrollWidth <= innerWidth") is True
    assert browser.complaints == []


# Texts whose contrast is below what WCAG asks of normal text (4.5 to 1).
CONTRAST = """(() => {
  const parts = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const linear = (one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = parts(getComputedStyle(at).backgroundColor);
      if (found.length && found[3] !== 0) return found;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const element of document.querySelectorAll("main :not(svg *)")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.closest("svg, script, noscript") || element.tagName === "OPTION") continue;
    const [a, b] = [light(parts(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) bad.push(`${element.className}: ${element.textContent.slice(0, 40)}`);
  }
  return bad;
})()"""
