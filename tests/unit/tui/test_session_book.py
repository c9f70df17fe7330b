"""The lines of a log: what is kept, what is wanted, what is found."""

from __future__ import annotations

from bunsui.model.log import LogLine
from bunsui.tui.recover.given import judged
from bunsui.tui.session.book import SOME, Book, Wanted
from bunsui.tui.session.loglines import marked, who


def _line(
    number: int, message: str = "", operation: str = "load", level: str = "INFO", attempt: str = "1.0.0"
) -> LogLine:
    return LogLine(float(number), level, "s", operation, None, attempt, "stdout", message or f"line {number}")


def _book(count: int, most: int = 100) -> Book:
    book = Book(most)
    book.add([_line(number) for number in range(count)])
    return book


def test_of_a_long_log_the_last_lines_are_kept_and_it_is_told_how_many_fell_out() -> None:
    book = _book(100)
    assert book.add([_line(100), _line(101)]) == (2, 2)
    assert (len(book), book.first, book.line(0).message) == (100, 2, "line 2")


def test_what_falls_out_is_counted_among_the_lines_that_are_shown() -> None:
    book = Book(4)
    book.add([_line(0, operation="a"), _line(1), _line(2, operation="a"), _line(3)])
    book.narrow(operation="a")
    assert book.add([_line(4), _line(5, operation="a")]) == (1, 1)
    assert [book.line(index).time for index in range(len(book))] == [2.0, 5.0]


def test_an_operation_takes_what_is_nested_in_it_along_and_no_other() -> None:
    book = Book(100)
    book.add([_line(0, operation="load"), _line(1, operation="load.inner"), _line(2, operation="loads")])
    book.narrow(operation="load")
    assert [book.line(index).operation for index in range(len(book))] == ["load", "load.inner"]


def test_typing_on_narrows_and_taking_back_widens() -> None:
    book = _book(30)
    for text, count in (("line 2", 11), ("line 29", 1), ("line 2", 11), ("", 30), ("LINE", 0)):
        book.narrow(text=text)
        assert len(book) == count, text


def test_it_finds_around_the_end_in_both_directions() -> None:
    book = _book(10)
    assert (book.find("line 3", 3, 1), book.find("line 3", 5, 1), book.find("line 3", 2, -1)) == (3, 3, 3)
    assert book.find("nothing", 0, 1) is None
    assert Book(5).find("x", 0, 1) is None


def test_it_can_be_looked_for_among_some_lines_only() -> None:
    book = _book(100)
    assert (book.find("line 60", 0, 1, 50), book.find("line 60", 50, 1, 50)) == (None, 60)
    assert book.find("line 2", 0, -1, 1000) == 29


def test_lines_are_sifted_turn_by_turn_with_what_comes_and_goes_meanwhile() -> None:
    book = _book(SOME, most=SOME + 10)
    turns = book.sift(Wanted(text="line 1"))
    next(turns)
    assert len(book) == SOME
    book.add([_line(number, "line 1, late") for number in range(SOME, SOME + 20)])
    assert [*turns] == [None]
    wanted = {number for number in range(10, SOME) if str(number).startswith("1")} | {*range(SOME, SOME + 20)}
    assert (set(book.shown), book.wanted) == (wanted, Wanted(text="line 1"))


def test_the_next_trouble_is_an_error_or_a_line_of_evidence() -> None:
    book = _book(5)
    book.add([_line(5, level="ERROR")])
    assert (book.trouble(0, 1, ()), book.trouble(0, 1, {2}), book.trouble(5, 1, {2})) == (5, 2, 2)


def test_a_line_is_known_again_although_its_end_was_cut_off() -> None:
    book = Book(10)
    book.add([_line(1, "x" * 4000 + " ... 90 characters more")])
    assert book.number_of(_line(1, "x" * 4090)) == 0
    assert book.number_of(_line(1, "y" * 4090)) is None


def test_a_filter_of_everything_is_none() -> None:
    assert Wanted().all
    assert not Wanted(level="ERROR").all
    assert Wanted(level="WARNING").takes(_line(1, level="CRITICAL"))


def test_who_wrote_names_the_try_only_if_it_is_not_the_first() -> None:
    assert who(_line(1)) == "load"
    assert who(_line(1, attempt="1.0.2")) == "load·3"
    assert who(LogLine(0.0, "INFO", "s", "", None, "", "session", "begun")) == "session"


def test_what_is_found_stands_out_wherever_it_is() -> None:
    assert marked("a Fox, a fox", "fox", "") == [("a ", ""), ("Fox", "found"), (", a ", ""), ("fox", "found"), ("", "")]
    assert marked("a Fox", "Fox", "red")[1] == ("Fox", "found")
    assert marked("a fox", "", "red") == [("a fox", "red")]


def test_an_output_that_is_typed_is_judged_as_it_stands() -> None:
    assert judged('{"rows": 3}') == ({"rows": 3}, "")
    assert judged("") == ({}, "")
    assert judged('{"rows"')[0] is None
    assert "column" in judged('{"rows"')[1]
    assert judged("[1]")[0] is None
    assert judged("[" * 100_000)[0] is None
