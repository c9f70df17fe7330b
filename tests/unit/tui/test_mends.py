"""What costs too much in Textual: that it still does, and that it does not once it is mended."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator

import pytest
from rich.segment import Segment
from textual._styles_cache import StylesCache
from textual.color import Color
from textual.document._document import Document
from textual.document._wrapped_document import WrappedDocument
from textual.strip import Strip

from bunsui.tui import mends

mends.apply()
BLACK, RED = Color(0, 0, 0), Color(255, 0, 0)


class Text(str):
    """Of which one can be told whether it is still there."""


@pytest.fixture(autouse=True)
def without_search_for_circles() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _stays(draw: Callable[[Strip], object]) -> bool:
    text = Text("line")
    there = weakref.ref(text)
    strip = Strip([Segment(text)], 4)
    del text
    draw(strip)
    del strip
    return there() is not None


AS_IT_IS = {
    "divided": (lambda strip: strip.divide([4, 9]), lambda strip: mends.divide(strip, [4])),
    "cropped": (lambda strip: strip.crop_extend(0, 4, None), lambda strip: mends.crop_extend(strip, 0, 4, None)),
}


@pytest.mark.parametrize("name", AS_IT_IS)
def test_a_line_that_had_the_right_width_goes_with_the_last_who_has_it(name: str) -> None:
    mended, upstream = AS_IT_IS[name]
    assert not _stays(mended)
    assert _stays(upstream), "upstream has it"


def test_a_line_of_another_width_is_made_to_fit() -> None:
    strip = Strip([Segment("line")], 4)
    assert [part.text for part in strip.divide([2, 4])] == ["li", "ne"]
    assert strip.divide([4]) == [strip]
    assert strip.crop_extend(1, 6, None).text == "ine  "


def test_what_a_widget_drew_goes_with_it() -> None:
    cache = StylesCache()
    there = weakref.ref(cache)
    inner, outer = cache.get_inner_outer(BLACK, RED)
    assert (inner.background, outer.background) == (RED, BLACK)
    del cache
    assert there() is None


def test_upstream_still_keeps_what_widgets_drew() -> None:
    cache = StylesCache()
    there = weakref.ref(cache)
    mends.get_inner_outer(cache, BLACK, RED)
    del cache
    assert there() is not None


class Counted(list[list[int]]):
    """Of which one can tell how often all of it was looked at."""

    times = 0

    def __iter__(self) -> Iterator[list[int]]:
        self.times += 1
        return super().__iter__()


def test_the_lines_of_a_text_that_is_not_wrapped_are_not_counted_each_time() -> None:
    text = WrappedDocument(Document("one\ntwo\nthree, which is longer"))
    text._wrap_offsets = Counted(text._wrap_offsets)
    assert (text.height, text._wrap_offsets.times) == (3, 0)
    assert (mends.height.__get__(text), text._wrap_offsets.times) == (3, 1), "upstream has it"
    text.wrap(8)
    assert text.height == 6
