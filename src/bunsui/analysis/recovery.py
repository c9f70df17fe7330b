"""Every way out of where a session stands: whether it is possible and why not, what it reruns and what it reuses.

Pure. The records are in `ways`, what a checkpoint keeps is worked out in `keeping`; SessionManager carries a way out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from bunsui.analysis import keeping
from bunsui.analysis.checkpoint import Checkpoint, raised
from bunsui.analysis.edits import GONE, changed, has_effect
from bunsui.analysis.shape import Shape
from bunsui.analysis.ways import Action, Ask, Edit, Facts, Items, RecoveryPlan, Way
from bunsui.model.json import Json
from bunsui.model.nearest import did_you_mean
from bunsui.model.status import OperationStatus, SessionStatus

ALIKE = (Action.REDRIVE, Action.RESUME, Action.RESTART)  # they run what failed as it was
_LIMIT = "States.DataLimitExceeded"


def plan(facts: Facts) -> RecoveryPlan:
    """All of them; those that need an operation named show what could be, and the likeliest."""
    ways = [way_out(facts, action, likely(facts, action)) for action in Action if action is not Action.EDITED]
    if facts.edit is not None:
        ways.insert(2, edited(facts, facts.edit))
    return RecoveryPlan(facts.session, facts.status, tuple(ways), _suggested(ways, facts))


def _suggested(ways: list[Way], facts: Facts) -> Action | None:
    if facts.status is SessionStatus.COMPLETED or not facts.status.ended:
        return None
    possible = {way.action: way for way in ways if way.possible}
    failed = {name for name, status in facts.seen.statuses.items() if status is OperationStatus.FAILED}
    if (way := possible.get(Action.EDITED)) and any(set(way.changes.get(name, ())) - {"code"} for name in failed):
        return Action.EDITED  # a plain resume runs code as it is now, too
    return next((one for one in (Action.RESUME, Action.REDRIVE, Action.RESTART) if one in possible), None)


def warned_of_data(plan: RecoveryPlan, shapes: tuple[Shape, ...], failed: Collection[str]) -> RecoveryPlan:
    """With a warning at each way that runs one of these on the very data that it failed on."""
    reads = {shape.name: shape.reads for shape in shapes if shape.name in failed}

    def of_what_is_kept(way: Way) -> Way:
        kept = {name: [one for one in reads[name] if one in way.reused] for name in way.rerun if name in reads}
        texts = [
            f"{name} reads what {_listed(given)} gave, and that is kept: when it was mended there, --rerun {given[0]}"
            for name, given in kept.items()
            if given
        ]
        return replace(way, warnings=(*way.warnings, *texts)) if texts else way

    return replace(plan, ways=tuple(of_what_is_kept(way) for way in plan.ways))


def warned_of_trying(plan: RecoveryPlan, action: Action, failed: Collection[str]) -> RecoveryPlan:
    """When this way was tried and these operations failed in the same way: it is warned of, and not suggested."""
    text = f"{action} was tried, and {_listed(sorted(failed))} failed in the same way: mend what is wrong first"
    ways = tuple(warned(way, text) if way.possible and way.action in ALIKE else way for way in plan.ways)
    return replace(plan, ways=ways, suggested=None if plan.suggested in ALIKE else plan.suggested)


def warned(way: Way, text: str) -> Way:
    return replace(way, warnings=(*way.warnings, text))


def way_out(facts: Facts, action: Action, ask: Ask = Ask()) -> Way:
    """One of them, exactly."""
    way = Way(action, facts.session, facts.recoveries, names=ask.names, generations=facts.generations)
    if why := _refusal(facts, action):
        return replace(way, possible=False, why=why)
    match action:
        case Action.CANCEL:
            return way
        case Action.REDRIVE:
            return _redrive(facts, way)
        case Action.EDITED:
            return edited(facts, facts.edit or Edit(problem="there is no edited pipeline"))
        case Action.RESUME:
            return _resuming(facts, way, keeping.kept(facts.known, facts.shapes))
        case Action.RESTART:
            every = tuple(shape.name for shape in facts.shapes)
            return _resuming(facts, way, Checkpoint(), every)
        case Action.FROM | Action.RERUN:
            return _again(facts, way)
        case Action.SKIP:
            return _skipping(facts, way, ask)


def _refusal(facts: Facts, action: Action) -> str:
    """What stands against it wherever the session's operations stand."""
    if action is Action.CANCEL:
        return f"it has ended already ({facts.status})" if facts.status.ended else ""
    if not facts.status.ended:
        return f"it is {facts.status}, and only what has ended can be run again: cancel it first"
    if facts.raw and action not in (Action.REDRIVE, Action.RESTART):
        return "it runs a state machine of its own, which cannot begin in the middle"
    if facts.raw and action is Action.RESTART and facts.execution and not isinstance(facts.execution.input, dict):
        return "it was started with an input that is no JSON object, and sessions have parameters"
    if facts.status is SessionStatus.COMPLETED and action in (Action.RESUME, Action.REDRIVE):
        return "it is COMPLETED, so that there is nothing to resume"
    return ""


# a redrive: AWS's rules


def _redrive(facts: Facts, way: Way) -> Way:
    if why := _not_redrivable(facts):
        return replace(way, possible=False, why=why)
    records = {name: record for name, record in facts.seen.records.items() if _is_done(record)}
    raw_done = {name for name, status in facts.seen.statuses.items() if status is OperationStatus.SUCCEEDED}
    done = raw_done if facts.raw else records.keys()
    look = keeping.outlook(facts.shapes, {**records, **dict.fromkeys(done)})
    anew = [name for name in facts.seen.nested if name in look.runs]
    warnings = [f"nested pipeline {name} starts anew: a redrive does not go into it" for name in anew]
    way = replace(
        way,
        reused=tuple(shape.name for shape in facts.shapes if shape.name in done),
        items=_items(facts, look.runs, {name: len(kept) for name, kept in facts.seen.items.items()}),
    )
    return _judged(facts, way, look, facts.shapes, warnings)


def _is_done(record: Json) -> bool:
    return isinstance(record, dict) and record.get("s") in ("ok", "skipped")


def _not_redrivable(facts: Facts) -> str:
    execution = facts.execution
    if execution is None:
        return "its execution never started, or its history is gone"
    if not execution.redrivable:
        return execution.redrive_reason or f"the execution is {execution.status} and cannot be redriven"
    if execution.error == _LIMIT:
        return "a limit on the size of data ended it: the same data would meet it again"
    if caught := [name for name, status in facts.seen.statuses.items() if _was_caught(facts, name, status)]:
        return (
            f"on_failure: continue caught the failure of {_listed(caught)}, so that a redrive would run nothing but "
            "the last Fail again"
        )
    if not facts.seen.unexited:
        return "no operation was cut off: only a state that would fail again is left to run"
    return ""


def _was_caught(facts: Facts, name: str, status: OperationStatus) -> bool:
    return status is OperationStatus.FAILED and name in facts.seen.records


# the others: a new execution


def _again(facts: Facts, way: Way) -> Way:
    """`from` keeps only what the named ones need, `rerun` all that they do not touch."""
    choices = _beginnings(facts)
    way = replace(way, choices=choices)
    if why := _unsuitable(facts, way.names, choices):
        return replace(way, possible=False, why=why)
    if way.action is Action.RERUN:
        again = {*way.names, *keeping.descendants(facts.shapes, way.names)}
    else:
        again = {shape.name for shape in facts.shapes} - keeping.ancestors(facts.shapes, way.names) | {*way.names}
    keeps = keeping.kept(facts.known, facts.shapes, again)
    return _resuming(facts, way, keeps, tuple(shape.name for shape in facts.shapes if shape.name in again))


def _beginnings(facts: Facts) -> tuple[str, ...]:
    done = facts.known.resume
    return tuple(shape.name for shape in facts.shapes if all(need in done for need in shape.needs))


def _unsuitable(facts: Facts, names: Collection[str], choices: Collection[str]) -> str:
    if not choices:
        return "no operation can be named: nothing that any of them needs is done"
    there = {shape.name for shape in facts.shapes}
    for name in names:
        if name not in there:
            return _unknown(facts, name)
        if name not in choices:
            needs = next(shape.needs for shape in facts.shapes if shape.name == name)
            missing = [need for need in needs if need not in facts.known.resume]
            return f"{name} needs {_listed(missing)}, which {'is' if len(missing) == 1 else 'are'} not done"
    return ""


def _unknown(facts: Facts, name: str) -> str:
    outer, _, inner = name.partition(".")
    nests = next((shape for shape in facts.shapes if shape.name == outer and shape.inner and inner), None)
    if nests:
        return f"{inner} is inside the nested pipeline {outer}: name {outer} itself"
    there = [shape.name for shape in facts.shapes]
    return f"it has no operation {name!r}. {did_you_mean(name, there, f'It has {_listed(there)}')}"


def _skipping(facts: Facts, way: Way, ask: Ask) -> Way:
    given = {name: ask.outputs.get(name, {}) for name in ask.names}
    able = {*facts.known.resume, *ask.names}
    choices = tuple(shape.name for shape in facts.shapes if all(need in able for need in shape.needs))
    way = replace(way, choices=_beginnings(facts))
    if why := _unsuitable(facts, way.names, choices):
        return replace(way, possible=False, why=why)
    if wrong := [name for name, output in given.items() if not isinstance(output, dict)]:
        return replace(way, possible=False, why=f"the output of {_listed(wrong)} must be a JSON object")
    keeps = keeping.kept(facts.known, facts.shapes, ask.names, given)
    empty = [name for name, output in given.items() if not output]
    notes = [
        f"{shape.name} reads the output of {name}: give one, or it finds nothing there"
        for shape in facts.shapes
        for name in empty
        if name in shape.reads and shape.name not in keeps.resume
    ]
    return _resuming(facts, way, keeps, notes=notes)


def edited(facts: Facts, edit: Edit) -> Way:
    """A resume with another definition: what had completed and is not the same any more runs again, and all below."""
    way = Way(Action.EDITED, facts.session, facts.recoveries, generations=facts.generations, edit=edit)
    if why := _refusal(facts, Action.EDITED) or edit.problem:
        return replace(way, possible=False, why=why)
    if any(shape.raw for shape in edit.shapes):
        return replace(way, possible=False, why="it is a state machine of its own now")
    notes = [f"the pipeline has no parameter {name} any more: its value is dropped" for name in edit.dropped]
    if facts.digests is None:
        notes.append("what the pipeline was before is not known: every operation counts as changed")
    changes = changed(facts.digests or {}, edit.digests)
    if not changes:
        return replace(way, possible=False, why="neither the pipeline nor its code has changed")
    forced = {name for name, keys in changes.items() if name and keys != (GONE,) and has_effect(keys)}
    keeps = keeping.kept(facts.known, edit.shapes, forced)
    if all(set(keys) == {"code"} for keys in changes.values()):
        notes.append("only code was changed: a plain resume runs the new code, too, and keeps all that completed")
    way = replace(way, changes=changes)
    return _resuming(replace(facts, shapes=edit.shapes), way, keeps, notes=notes)


def _resuming(
    facts: Facts, way: Way, keeps: Checkpoint, named: tuple[str, ...] = (), notes: Collection[str] = ()
) -> Way:
    """`named` rerun because somebody says so: at a raised generation, completed or not."""
    shapes = facts.shapes
    there = {shape.name for shape in shapes}
    lost = [name for name in keeping.lost(facts.known, keeps) if name.partition(".")[0] in there]
    again = tuple(dict.fromkeys([*named, *lost]))
    look = keeping.outlook(shapes, keeps.resume)
    way = replace(
        way,
        reused=tuple(shape.name for shape in shapes if shape.name in keeps.resume and shape.name not in _given(way)),
        raised=tuple(sorted(again, key=_order(shapes))),
        inside=keeping.inside(keeps),
        items=_items(facts, look.runs, {name: len(items) for name, items in keeps.partial.items()}),
        checkpoint=keeps,
        generations=raised(facts.generations, again),
    )
    return _judged(facts, way, look, shapes, notes)


def _given(way: Way) -> tuple[str, ...]:
    return way.names if way.action is Action.SKIP else ()


def _order(shapes: tuple[Shape, ...]) -> Callable[[str], tuple[int, str]]:
    places = {shape.name: number for number, shape in enumerate(shapes)}
    return lambda path: (places.get(path.partition(".")[0], len(places)), path)


def _judged(
    facts: Facts, way: Way, look: keeping.Outlook, shapes: tuple[Shape, ...], notes: Collection[str] = ()
) -> Way:
    """With what is told of any way that runs something."""
    delicate = tuple(_repeated(facts, way, look.runs, shapes))
    warnings = [*notes, *(f"{name} is not idempotent, and had begun: it would run again" for name in delicate)]
    return replace(
        way,
        rerun=look.runs,
        skipped=look.skipped,
        maybe=look.maybe,
        again=tuple(name for name in look.runs if name in facts.began),
        seconds=keeping.longest(shapes, look.runs, facts.past) if facts.past.keys() & set(look.runs) else None,
        untimed=tuple(name for name in look.runs if name not in facts.past),
        delicate=delicate,
        warnings=tuple(warnings),
    )


def _repeated(
    facts: Facts, way: Way, runs: Collection[str], shapes: tuple[Shape, ...], path: str = ""
) -> Iterator[str]:
    """Operations that say they must not run twice, and had begun."""
    for shape in shapes:
        name = path + shape.name
        if name in way.inside if path else name not in runs:
            continue
        if not shape.idempotent and name in facts.began:
            yield name
        yield from _repeated(facts, way, runs, shape.inner, f"{name}.")


def _items(facts: Facts, runs: Collection[str], kept: Mapping[str, int]) -> dict[str, Items]:
    found: dict[str, Items] = {}
    for shape in facts.shapes:
        total = facts.seen.totals.get(shape.name)
        if shape.fan_out and shape.name in runs and (shape.name in kept or total is not None):
            number = kept.get(shape.name, 0)
            found[shape.name] = Items(number, None if total is None else total - number)
    return found


def likely(facts: Facts, action: Action) -> Ask:
    """Where no operation was named: the first that failed, else the first that was cut off, or that there is."""
    if action not in (Action.FROM, Action.RERUN, Action.SKIP):
        return Ask()
    choices = _beginnings(facts)
    statuses = facts.seen.statuses
    failed = [name for name in choices if statuses.get(name) is OperationStatus.FAILED]
    cut_off = [name for name in choices if statuses.get(name) is OperationStatus.CANCELLED and name in facts.began]
    return Ask(tuple((failed or cut_off or list(choices))[:1]))


def _listed(names: Collection[str]) -> str:
    some = list(names)[:5]
    more = len(names) - len(some)
    return ", ".join(some) + (f" and {more} more" if more else "")
