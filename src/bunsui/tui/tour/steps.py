"""What the tour says, and what it points at: a screen by its route, a part of it by its selector. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bunsui.text.language import mark


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    text: str
    points: str  # a selector of what it is about
    route: str = ""  # empty: the list of sessions


STEPS = (
    Step(
        mark("Everything at a glance"),
        mark("How many sessions run, wait and failed, and whether the engine is awake. All of it is live."),
        "#top",
    ),
    Step(
        mark("Sessions"),
        mark(
            "Every run of a pipeline is a session, the newest on top. Enter opens one: its graph, its log, its errors."
        ),
        "#sessions",
    ),
    Step(
        mark("When one fails"),
        mark("e shows why, with the lines that say so. r shows every way out, what each runs again and what it keeps."),
        "#sessions",
    ),
    Step(
        mark("Finding"),
        mark("/ filters while you type: status:failed pipeline:etl since:24h, or any word."),
        "#head",
    ),
    Step(
        mark("Pipelines"),
        mark(
            "Those that are registered. Open one to see it, to run it, to compare versions. :new begins one of yours."
        ),
        "Rows",
        "pipelines",
    ),
    Step(
        mark("Loading a file"),
        mark(
            "A pipeline is a YAML file. Choose one: its problems are shown at their lines, or its preview; x runs it."
        ),
        "Rows",
        "load",
    ),
    Step(
        mark("Keys"),
        mark(
            "At the foot is what can be done here. ? shows all keys, : takes a command, ctrl+p finds anything,"
            " y copies, q closes; what runs goes on in the background."
        ),
        "KeyBar",
    ),
    Step(
        mark("That is all"),
        mark(":tour shows this again. To begin: :load to choose a file, or bunsui init for an example of your own."),
        "KeyBar",
    ),
)
