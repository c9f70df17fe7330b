"""The commands as click knows them: every one is in the table, has a help, and takes --output."""

from __future__ import annotations

from importlib import import_module

import click
import pytest

from bunsui.cli import help as texts

_TABLES = [("bunsui", texts.ROOT), ("bunsui session", texts.SESSION), ("bunsui pipeline", texts.PIPELINE)]
_ALL = [
    pytest.param(entry, id=f"{where} {name}")
    for where, table in _TABLES
    for name, entry in table.items()
    if entry.where
]


def command(entry: texts.Entry) -> click.Command:
    module, _, attribute = entry.where.partition(":")
    found = getattr(import_module(module), attribute)
    assert isinstance(found, click.Command)
    return found


_SCREENS = ("bunsui tui",)  # it writes no data: a terminal is all it has


@pytest.mark.parametrize("entry", _ALL)
def test_the_table_says_what_the_command_says(entry):
    if entry.hidden:
        assert command(entry).hidden
    else:
        assert command(entry).help


@pytest.mark.parametrize("entry", [one for one in _ALL if not one.values[0].hidden and one.id not in _SCREENS])
def test_every_command_takes_output_json(entry):
    names = [name for parameter in command(entry).params for name in parameter.opts]

    assert "--output" in names


@pytest.mark.parametrize("entry", _ALL)
def test_every_option_has_a_help(entry):
    options = [one for one in command(entry).params if isinstance(one, click.Option)]

    assert [one.name for one in options if not one.help] == []


def test_summaries_are_sentences_that_fit():
    summaries = [entry.summary for _, table in _TABLES for entry in table.values()]

    assert all(len(summary) <= 60 and summary.endswith(".") for summary in summaries)
