"""The outbox of alerts: stored first, sent by one, tried again, given up and said so, held back, and never lost."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from bunsui.errors import BackendError
from bunsui.model.alert import Alert, AlertKind, AlertStatus, Message, Target
from bunsui.services.agenda import Agenda
from bunsui.services.alerts.outbox import LEASE, MOST, PAUSES, WINDOW, Outbox
from bunsui.services.alerts.records import AlertRecords, of_record
from bunsui.services.wiring import rfc3339

HERE, THERE = Target("json://here"), Target("json://there")


class Killed(BaseException):
    """The process is gone."""


class Inbox:
    """A channel that keeps what it is sent. It fails while `down`, and kills the process around sending if told to."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.down = False
        self.kill = ""

    def send(self, message: Message, target: Target) -> str:
        if self.kill == "before":
            raise Killed
        if self.down:
            raise BackendError("it is down")
        self.got.append(message)
        if self.kill == "after":
            raise Killed
        return "sent to you"

    @property
    def ids(self) -> list[str]:
        return [message.id for message in self.got]


class Office:
    """An outbox, and whoever sweeps it."""

    def __init__(self, world) -> None:
        self.world, self.inbox = world, Inbox()
        self.records = AlertRecords(world.table)
        self.outbox = Outbox(self.records, self.inbox, lambda: world.time.now)

    def alert(self, id: str = "a", target: Target = HERE) -> Alert:
        message = Message(id, AlertKind.FAILURE, f"{id} failed", "mine", "flights")
        return Alert(message, target, rfc3339(self.world.time.now))

    def put(self, id: str = "a", target: Target = HERE) -> Alert:
        return self.outbox.put(self.alert(id, target))

    def sweep(self, seconds: float) -> None:
        """Time passes, and somebody sweeps."""
        self.world.time.now += seconds
        doers = {"alert": lambda record: self.outbox.deliver(of_record(record))}
        Agenda(self.world.table, lambda: self.world.time.now, doers).sweep()

    def next(self) -> float | None:
        return Agenda(self.world.table, lambda: self.world.time.now).next()


@pytest.fixture
def office(world) -> Office:
    return Office(world)


def test_an_alert_is_stored_before_it_is_sent(office, world) -> None:
    office.inbox.kill = "before"
    with pytest.raises(Killed):
        office.put()
    assert office.records.get("a").status is AlertStatus.PENDING


def test_what_was_sent_says_how_and_when_and_is_due_no_more(office, world) -> None:
    sent = office.put()
    assert (sent.status, sent.how, sent.sent) == (AlertStatus.SENT, "sent to you", rfc3339(world.time.now))
    assert office.next() is None


def test_the_same_alert_put_by_many_is_sent_once(office, world) -> None:
    for _ in range(3):
        Office.put(office)
    office.sweep(2 * LEASE)
    assert office.inbox.ids == ["a"]


def test_of_two_that_send_at_the_same_moment_one_does(office, world) -> None:
    stored = office.records.store(replace(office.alert(), due=rfc3339(world.time.now)))
    assert office.outbox.deliver(stored).status is AlertStatus.SENT
    office.outbox.deliver(stored)  # as it was read before
    assert office.inbox.ids == ["a"]


@pytest.mark.parametrize("kill", ["before", "after"])
def test_a_kill_around_sending_sends_it_again_under_the_same_id_when_the_lease_is_over(office, kill) -> None:
    office.inbox.kill = kill
    with pytest.raises(Killed):
        office.put()
    office.inbox.kill = ""
    office.sweep(LEASE - 1)
    sent_by_now = len(office.inbox.got)
    office.sweep(2)
    assert len(office.inbox.got) == sent_by_now + 1
    assert set(office.inbox.ids) == {"a"}
    assert office.records.get("a").status is AlertStatus.SENT


def test_a_kill_before_any_write_loses_nothing(office, world) -> None:
    for number in itertools.count(1):
        writes = itertools.count(1)

        def dies(number: int = number, writes=writes) -> None:
            if next(writes) == number:
                raise Killed

        world.table.before_write = dies
        try:
            office.put(f"a{number}")
        except Killed:
            world.table.before_write = lambda: None
            office.put(f"a{number}")  # the session's end is gone through again
            office.sweep(2 * WINDOW)
        else:
            break
        assert set(office.inbox.ids) == {f"a{number}" for number in range(1, number + 1)}
    assert number == 4  # the intent, the claim, the mark


def test_what_fails_is_tried_again_after_ever_longer_pauses_then_given_up_with_its_reason(office) -> None:
    office.inbox.down = True
    office.put()
    for tries, pause in enumerate(PAUSES, 1):
        alert = office.records.get("a")
        assert (alert.status, alert.attempts, alert.error) == (AlertStatus.PENDING, tries, "it is down")
        office.sweep(pause - 0.5)
        assert office.records.get("a").attempts == tries
        office.sweep(1)
    alert = office.records.get("a")
    assert (alert.status, alert.attempts, alert.error) == (AlertStatus.GIVEN_UP, len(PAUSES) + 1, "it is down")
    assert office.next() is None


def test_what_failed_for_a_while_is_sent_in_the_end(office) -> None:
    office.inbox.down = True
    office.put()
    office.inbox.down = False
    office.sweep(PAUSES[0])
    assert (office.records.get("a").status, office.records.get("a").error) == (AlertStatus.SENT, "")


def test_a_channel_that_breaks_tells_nothing_of_what_it_holds(office) -> None:
    def broken(message: Message, target: Target) -> str:
        raise ValueError("json://hunter2@here")

    office.inbox.send = broken
    assert office.put().error == "the channel failed: ValueError"


def test_a_target_gets_no_more_than_its_limit_and_the_rest_in_one_message(office) -> None:
    for number in range(MOST + 5):
        office.put(f"a{number:02}")
    assert len(office.inbox.got) == MOST
    assert office.records.get("a12").held
    office.sweep(WINDOW + 1)
    assert len(office.inbox.got) == MOST + 1
    together = office.inbox.got[-1]
    assert (together.kind, together.subject) == (AlertKind.SEVERAL, "5 alerts, the first: a10 failed")
    assert [use for _, use in together.commands[1:]] == [f"a{number} failed" for number in range(10, 15)]
    assert {office.records.get(f"a{number:02}").status for number in range(MOST + 5)} == {AlertStatus.SENT}


def test_the_limit_of_one_target_is_not_that_of_another(office) -> None:
    for number in range(MOST + 1):
        office.put(f"a{number}")
    assert office.put("b", THERE).status is AlertStatus.SENT


def test_a_kill_while_several_are_sent_sends_the_same_together_again(office) -> None:
    for number in range(MOST + 3):
        office.put(f"a{number:02}")
    office.inbox.kill = "after"
    with pytest.raises(Killed):
        office.sweep(WINDOW + 1)
    office.inbox.kill = ""
    office.put("late")
    office.sweep(LEASE + 1)
    several = [message for message in office.inbox.got if message.kind is AlertKind.SEVERAL]
    assert len(several) == 2
    assert several[0] == several[1]


def test_whichever_of_them_is_looked_at_first_what_went_together_goes_again_under_its_id(office, world) -> None:
    for number in range(MOST + 3):
        office.put(f"a{number:02}")
    office.inbox.kill = "after"
    with pytest.raises(Killed):
        office.sweep(WINDOW + 1)
    office.inbox.kill = ""
    world.time.now += LEASE + 1
    office.outbox.deliver(office.records.get("a12"))
    assert office.inbox.got[-1] == office.inbox.got[-2]


def test_while_a_target_is_down_its_alerts_gather_into_one(office) -> None:
    office.inbox.down = True
    for number in range(4):
        office.put(f"a{number}")
    office.inbox.down = False
    office.sweep(PAUSES[0])
    assert [message.subject for message in office.inbox.got] == ["4 alerts, the first: a0 failed"]


def test_a_message_whose_fate_is_not_known_is_never_mixed_into_another(office) -> None:
    office.inbox.kill = "after"
    with pytest.raises(Killed):
        office.put("unknown")
    office.inbox.kill, office.inbox.down = "", True
    office.put("b")
    office.put("c")
    office.inbox.down = False
    office.sweep(LEASE + 1)
    assert office.inbox.ids.count("unknown") == 2
    assert len(office.inbox.got) == 3
