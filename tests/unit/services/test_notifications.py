"""NotificationService (diagram 3.1): who is told what of a session, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bunsui.channels.rendering import plain
from bunsui.errors import Refused
from bunsui.model.alert import AlertKind, AlertStatus, Message, Target
from bunsui.model.failure import Category, ErrorAnalysis, Evidence
from bunsui.model.machine import CompiledMachine
from bunsui.model.pipeline import Pipeline
from bunsui.model.session import Session
from bunsui.model.status import ExecutionStatus, SessionStatus
from bunsui.ports import Deletion
from bunsui.services.agenda import Agenda
from bunsui.services.alerts import messages
from bunsui.services.alerts.service import NotificationService, given_targets
from bunsui.services.errors.views import Strategy
from bunsui.services.sessions.manager import SessionManager
from bunsui.services.sessions.partners import Partners

_E, _K = ExecutionStatus, AlertKind
HOOK, MAIL = "https://example.com/hook", "mailto:data@example.com"
ANALYSIS = ErrorAnalysis(
    session="mine",
    end="mine-1#0",
    rank=0,
    execution="mine-1",
    event=7,
    at=1.0,
    operation="load",
    item=None,
    attempt="1.0.0",
    attempts=3,
    error="ThrottlingException",
    cause="Rate exceeded",
    category=Category.THROTTLED,
    recoverable=True,
    confidence=0.9,
    rule="throttled",
    advice="Ask less often.",
    fingerprint="f00d",
    evidence=(
        Evidence("logs/mine/load/1.0.0/000001.jsonl", 3, "slow down"),
        Evidence("logs/mine/load/1.0.0/000001.jsonl", 2, '  File "load.py", line 9, in load'),
        Evidence("cause", 1, "Rate exceeded"),
    ),
)


class Post:
    """A channel that keeps what is sent to whom."""

    def __init__(self) -> None:
        self.got: list[tuple[Message, Target]] = []

    def send(self, message: Message, target: Target) -> str:
        self.got.append((message, target))
        return "sent"

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(message.kind.value, str(target.address)) for message, target in self.got]


def _compiled(pipeline: Pipeline) -> CompiledMachine:
    return CompiledMachine(pipeline.name, {}, "{}", pipeline.sha256, folder=pipeline.folder)


class Desk:
    """A session manager and the notification service that it tells of ends, as a workspace wires them."""

    def __init__(self, world) -> None:
        self.world, self.post = world, Post()
        clock = world.around.clock
        self.alerts = NotificationService(
            world.ports, self.post, world.files, "/home/ada/bunsui", clock, ("machine", "host")
        )
        partners = Partners(alert=self.alerts.ended, begins=self.alerts.watch, quiet=self.alerts.quiet)
        self.sessions = SessionManager(world.ports, _compiled, world.files, world.around, partners=partners)
        self.agenda = Agenda(world.table, clock, {"alert": self.alerts.deliver_due, "slow": self.alerts.look})

    def start(self, pipeline: Pipeline, name: str = "mine", **notify: object) -> Session:
        return self.sessions.start(replace(pipeline, policies={"notify": notify}), {}, name=name)

    def end(self, name: str = "mine", status: ExecutionStatus = _E.FAILED, number: int = 1) -> Session:
        self.world.machines.end(f"{name}-{number}", status)
        done = self.world.machines.started[f"arn:{name}-{number}"]
        ended = datetime.fromtimestamp(self.world.time.now, UTC)
        self.world.machines.started[f"arn:{name}-{number}"] = replace(done, ended=ended)
        return self.sessions.refresh(name)

    def runs(self, pipeline: Pipeline, *lengths: float, **notify: object) -> None:
        """Sessions that completed, one after the other."""
        for number, length in enumerate(lengths):
            self.start(pipeline, f"old-{number}", **notify)
            self.world.time.now += length
            self.end(f"old-{number}", _E.SUCCEEDED)


@pytest.fixture
def desk(world) -> Desk:
    return Desk(world)


def test_a_failure_is_told_to_whom_the_pipeline_names(desk, pipeline) -> None:
    desk.start(pipeline, on_failure=[HOOK, MAIL], on_success=[MAIL])
    desk.end()
    assert desk.post.told == [("failure", HOOK), ("failure", MAIL)]


def test_nobody_named_means_the_console_and_the_record(desk, pipeline) -> None:
    desk.start(pipeline)
    desk.end()
    assert desk.post.told == [("failure", "console")]
    (alert,) = desk.alerts.of_session(desk.sessions.get("mine"))
    assert (alert.message.kind, alert.status) == (_K.FAILURE, AlertStatus.SENT)


def test_an_empty_list_tells_nobody(desk, pipeline) -> None:
    desk.start(pipeline, on_failure=[])
    desk.end()
    assert desk.post.told == []


def test_the_home_speaks_where_the_pipeline_is_silent(desk, pipeline, world) -> None:
    world.files.texts["/home/ada/bunsui/alerts.toml"] = f'on_failure = ["{MAIL}"]\non_fixed = ["{MAIL}"]'.encode()
    desk.start(pipeline)
    desk.start(pipeline, "other", on_failure=[HOOK])
    desk.end()
    desk.end("other")
    assert desk.post.told == [("failure", MAIL), ("failure", HOOK)]


def test_a_file_of_the_home_with_a_problem_counts_for_nothing_and_is_told_of(desk, pipeline, world) -> None:
    world.files.texts["/home/ada/bunsui/alerts.toml"] = b'on_failure = ["slak://hunter2"]\nslow = 3\nslow_after = "x"'
    desk.start(pipeline)
    desk.end()
    problems = [f"{problem.message} {problem.hint}" for problem in desk.alerts.problems()]
    assert desk.post.told == [("failure", "console")]
    assert problems[0] == "on_failure: 'slak:' is no address that alerts can go to. Did you mean 'slack'?"
    assert problems[1].startswith("unknown key 'slow'.")
    assert problems[2].startswith("slow_after: expected a number of seconds.")
    assert "hunter2" not in str(problems)


def test_an_end_is_told_once_however_often_it_is_gone_through(desk, pipeline) -> None:
    desk.start(pipeline, on_failure=[HOOK])
    session = desk.end()
    for _ in range(3):
        desk.alerts.ended(session)
        Desk(desk.world).alerts.ended(session)  # in another process
    assert desk.post.told == [("failure", HOOK)]


def test_each_end_of_a_session_is_told(desk, pipeline) -> None:
    desk.start(pipeline, on_failure=[HOOK])
    desk.end()
    desk.sessions.resume("mine")
    desk.end(number=2)
    assert desk.post.told == [("failure", HOOK), ("failure", HOOK)]
    assert len({message.id for message, _ in desk.post.got}) == 2


def test_what_a_person_cancels_is_no_alert(desk, pipeline) -> None:
    desk.start(pipeline, on_failure=[HOOK])
    desk.sessions.cancel("mine")
    assert desk.post.told == []


def test_a_failed_session_that_completes_has_recovered(desk, pipeline) -> None:
    desk.start(pipeline, on_failure=[HOOK], on_recovery=[MAIL], on_fixed=[HOOK], on_success=[MAIL, "console"])
    desk.end()
    desk.sessions.resume("mine")
    desk.end(status=_E.SUCCEEDED, number=2)
    assert desk.post.told == [("failure", HOOK), ("recovery", MAIL), ("success", "console")]


def test_the_first_success_after_another_sessions_failure_is_told_once(desk, pipeline, world) -> None:
    for name, status in (("one", _E.SUCCEEDED), ("two", _E.FAILED), ("three", _E.SUCCEEDED), ("four", _E.SUCCEEDED)):
        desk.start(pipeline, name, on_failure=[HOOK], on_fixed=[MAIL])
        world.time.now += 1
        desk.end(name, status)
    assert desk.post.told == [("failure", HOOK), ("fixed", MAIL)]
    assert desk.post.got[-1][0].session == "three"


def test_another_pipelines_failure_is_no_reason(desk, pipeline, world) -> None:
    desk.start(replace(pipeline, name="others"), "one")
    desk.end("one")
    world.time.now += 1
    desk.start(pipeline, "two")
    desk.end("two", _E.SUCCEEDED)
    assert [kind for kind, _ in desk.post.told] == ["failure"]


def test_a_failure_says_what_failed_why_with_the_lines_and_what_to_type(desk, pipeline) -> None:
    session = replace(desk.start(pipeline), status=SessionStatus.FAILED)
    desk.alerts.ended(session, Strategy(True, (ANALYSIS,)), note="left alone")
    message = desk.post.got[0][0]
    (failed,) = message.failures
    assert message.subject == "flights failed: load: ThrottlingException (throttled)"
    assert (failed.what, failed.why) == ("load", "ThrottlingException: Rate exceeded")
    assert failed.kind == "throttled, may pass by itself, tried 3 times"
    assert failed.advice == "Ask less often."
    assert failed.evidence == (  # as it was written, and nothing that is told already
        ('  File "load.py", line 9, in load', "log of load, attempt 1.0.0"),
        ("slow down", "log of load, attempt 1.0.0"),
    )
    assert plain(message).count("log of load, attempt 1.0.0") == 1
    assert message.commands[0][0] == "bunsui session recover mine"
    assert {"session": "mine", "machine": "host", "note": "left alone"}.items() <= dict(message.facts).items()


def test_of_many_failures_the_first_few_are_told_and_the_rest_counted(desk, pipeline) -> None:
    session = replace(desk.start(pipeline), status=SessionStatus.FAILED)
    desk.alerts.ended(session, Strategy(False, tuple(replace(ANALYSIS, event=n) for n in range(9))))
    assert (len(desk.post.got[0][0].failures), desk.post.got[0][0].more) == (3, 6)


def test_a_run_that_takes_longer_than_usual_is_told_while_it_runs(desk, pipeline, world) -> None:
    desk.runs(pipeline, 100, 110, 90, 105, 95)
    desk.start(pipeline, on_slow=[HOOK])
    world.time.now += 155
    desk.agenda.sweep()
    assert desk.post.told == []
    world.time.now += 10
    desk.agenda.sweep()
    assert desk.post.told == [("slow", HOOK)]
    assert desk.post.got[0][0].subject == "flights is slow: has been running for 2m 45s, usually 1m 40s"
    desk.end(status=_E.SUCCEEDED)
    assert desk.post.told == [("slow", HOOK)]


def test_a_slow_run_that_nobody_swept_is_told_at_its_end(desk, pipeline, world) -> None:
    desk.runs(pipeline, 100, 110, 90, 105, 95)
    desk.start(pipeline, on_slow=[HOOK])
    world.time.now += 500
    desk.end(status=_E.SUCCEEDED)
    assert desk.post.told == [("slow", HOOK)]
    assert "took 8m 20s" in desk.post.got[0][0].subject


def test_nothing_is_due_any_more_when_a_session_ended(desk, pipeline, world) -> None:
    desk.runs(pipeline, 100, 110, 90, 105, 95)
    desk.start(pipeline)
    assert desk.agenda.next() is not None
    desk.end(status=_E.SUCCEEDED)
    assert desk.agenda.next() is None


def test_few_runs_make_nothing_usual_but_a_pipeline_may_say_what_is_slow(desk, pipeline, world) -> None:
    desk.runs(pipeline, 100, 110)
    desk.start(pipeline, on_slow=[HOOK])
    desk.start(pipeline, "other", on_slow=[MAIL], slow_after=60)
    world.time.now += 5000
    desk.agenda.sweep()
    assert desk.post.told == [("slow", MAIL)]


def test_who_runs_again_after_a_failure_is_not_slow(desk, pipeline, world) -> None:
    desk.start(pipeline, on_failure=[], on_slow=[HOOK], on_recovery=[], slow_after=60)
    desk.end()
    world.time.now += 5000
    desk.sessions.resume("mine")
    desk.agenda.sweep()
    desk.end(status=_E.SUCCEEDED, number=2)
    assert desk.post.told == []
    assert desk.agenda.next() is None


def test_who_waits_too_long_is_told_once(desk, pipeline, world) -> None:
    session = desk.start(pipeline, on_queue=[HOOK], queue_after=600)
    since = world.time.now
    world.time.now += 599
    assert desk.alerts.queued_too_long(session, since, 3) == ()
    world.time.now += 1
    for _ in range(3):
        desk.alerts.queued_too_long(session, since, 3)
    assert desk.post.told == [("queue", HOOK)]
    assert desk.post.got[0][0].subject == "flights has waited for 10m 00s, position 3"
    assert desk.alerts.queue_limit(session) == 600
    counted = replace(session, queue="pipeline/flights")  # no pool
    assert messages.queued(counted, 600, 3, ()).subject == "flights has waited for 10m 00s, position 3"


def test_alerts_are_listed_newest_first_by_page_and_by_session(desk, pipeline, world) -> None:
    for name in ("one", "two", "three"):
        desk.start(pipeline, name)
        world.time.now += 1
        desk.end(name)
    page = desk.alerts.list(limit=2)
    rest = desk.alerts.list(limit=2, after=page.next)
    assert [alert.message.session for alert in (*page.alerts, *rest.alerts)] == ["three", "two", "one"]
    (mine,) = desk.alerts.list(desk.sessions.get("two")).alerts
    assert mine.message.session == "two"


def test_a_test_message_is_sent_and_not_stored(desk, world) -> None:
    (tested,) = desk.alerts.test(given_targets(["env:ALERT_URL"], "/srv"))
    assert (tested.target, tested.how, tested.error) == ("env:ALERT_URL", "sent", "")
    assert desk.post.got[0][0].kind is _K.TEST
    assert desk.alerts.list().alerts == ()


def test_an_end_that_nobody_is_told_of_is_stored_whole_with_its_watch_gone(world, pipeline):
    desk = Desk(world)
    desk.start(pipeline, slow_after=60.0)
    before = world.table.get("session#mine", "session").revision
    ended = desk.end(status=_E.SUCCEEDED)
    assert (ended.status, ended.ending, ended.due) == (SessionStatus.COMPLETED, (), None)
    assert world.table.get("session#mine", "session").revision == before + 1
    assert world.table.get("slow", "slow#mine") is None
    assert world.table.get("session#mine", "checkpoint")
    assert world.table.get("session#mine", "past")


@pytest.mark.parametrize(
    ("notify", "status"),
    [
        ({"on_success": [HOOK]}, _E.SUCCEEDED),
        ({"slow_after": 0.0}, _E.SUCCEEDED),
        ({}, _E.FAILED),
        ({}, _E.ABORTED),
    ],
)
def test_an_end_that_somebody_may_be_told_of_takes_all_its_steps(world, pipeline, notify, status):
    desk = Desk(world)
    session = desk.start(pipeline, **notify)
    ended = replace(
        session, status=SessionStatus[{"SUCCEEDED": "COMPLETED", "ABORTED": "CANCELLED"}.get(status, status)]
    )
    assert desk.alerts.quiet(ended, {"notify": notify}) is None


def test_a_watch_that_was_written_meanwhile_does_not_keep_an_end_from_being_stored(world, pipeline):
    desk = Desk(world)
    desk.start(pipeline, slow_after=60.0)
    stale = replace(desk.sessions._folding, quiet=lambda session, policies: [Deletion("slow", "slow#mine", 7)])
    desk.sessions._folding = stale
    ended = desk.end(status=_E.SUCCEEDED)
    assert (ended.status, ended.ending) == (SessionStatus.COMPLETED, ())
    assert world.table.get("slow", "slow#mine") is None


def test_one_that_was_rejected_never_ran_and_is_no_failure_that_a_success_would_end(desk, pipeline) -> None:
    counted = replace(pipeline, policies={"notify": {"on_fixed": [MAIL], "on_failure": [HOOK]}})
    only_one = replace(
        counted, policies={**counted.policies, "concurrency": {"max_sessions": 1, "on_excess": "reject"}}
    )
    desk.sessions.start(only_one, {}, name="one")
    with pytest.raises(Refused, match="rejected"):
        desk.sessions.start(only_one, {}, name="two")
    desk.sessions.refresh("two")
    desk.end("one", _E.SUCCEEDED)
    ((told, _),) = desk.post.got
    assert (told.kind, told.session) == (_K.FAILURE, "two")
    assert told.subject == "flights did not run: rejected: 1 of 1 sessions of flights are open"


@pytest.mark.parametrize(("wanted", "told"), [("on_failure", True), ("always", True), ("never", False)])
def test_the_address_of_the_report_is_told_though_it_is_written_later(desk, pipeline, wanted: str, told: bool) -> None:
    session = desk.sessions.start(replace(pipeline, policies={"report": wanted}), {}, name="mine")
    desk.alerts.ended(replace(session, status=SessionStatus.FAILED), Strategy(False, (ANALYSIS,)))
    facts = dict(desk.post.got[0][0].facts)
    assert ("report" in facts) is told
    assert not told or facts["report"].endswith("reports/mine/mine-1.0.html")
