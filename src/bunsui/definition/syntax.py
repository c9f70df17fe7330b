"""YAML's syntax errors in our words: what is wrong at which place, and what to write."""

from __future__ import annotations

from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

from bunsui.definition.positions import place_at
from bunsui.definition.tree import shorten
from bunsui.model.problem import Place, Problem

LOOK_AROUND = "Look at the indentation and the quotes around it."
QUOTE = "Put texts with special characters in quotes."
_EXPRESSION = 'Put the whole expression in quotes: "{% ... %}".'

# part of the library's message -> (message, hint)
_WORDS: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "no key can stand here.",
        "Mend the indentation, or quote the text if it holds a colon.",
    ),
    ("could not find expected ':'", "a key without its ':' stands here.", "Write 'key: value', or indent the text."),
    ("did not find expected <document start>", "a second document begins here.", "Remove it."),
    ("found unexpected end of stream", "a quote that is opened here is never closed.", "Close it."),
    ("expected ',' or '}'", "a mapping that begins with '{' is not closed, or lacks a comma.", "Write {a: 1, b: 2}."),
    ("expected ',' or ']'", "a list that begins with '[' is not closed, or lacks a comma.", "Write [a, b]."),
    ("expected <block end>", "the line does not fit the lines above it.", LOOK_AROUND),
    ("sequence entries are not allowed", "a list item '- ' cannot stand here.", "Begin it on a line of its own."),
    (
        "unknown escape character",
        "this escape does not exist in double quotes.",
        "Use single quotes, or double it: \\\\.",
    ),
    ("expected escape sequence", "this escape is cut short.", "Use single quotes, or double it: \\\\."),
)


def problem(error: MarkedYAMLError, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = f"{error.problem or error.context or ''}"
    if "unexpected end of stream" in said and error.context_mark is not None:
        mark = error.context_mark  # where the quote was opened
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    message, hint = _words(said, text, mark.index if mark is not None else 0)
    return Problem(Place(file, line + 1, column + 1), message, hint)


def _words(said: str, text: str, index: int) -> tuple[str, str]:
    here = text[index : index + 1]
    if here == "\t":
        return "a tab stands where YAML wants spaces.", "Indent with spaces."
    if "{%" in text[max(index - 1, 0) : index + 2]:
        return "'{%' begins an expression, but YAML sees a mapping.", _EXPRESSION
    if "cannot start any token" in said:
        return f"a value cannot begin with {here!r}.", QUOTE
    for part, message, hint in _WORDS:
        if part in said:
            return message, hint
    return f"this is not YAML: {shorten(said, 120)}.", LOOK_AROUND


def character(error: ReaderError, text: str, file: str) -> Problem:
    index = min(max(error.position, 0), len(text))
    line, column = place_at(text[:index])
    place = Place(file, line + 1, column + 1)
    code = error.character if isinstance(error.character, int) else ord(error.character)
    return Problem(place, f"the character U+{code:04X} is not allowed in YAML.", "Remove it.")
