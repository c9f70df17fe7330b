"""Joins between branches: no poll, no race, no lost wake for ever; records travel with what is read of them."""

from __future__ import annotations

from bunsui.model.pipeline import RunIf
from virtual.host import Host, Reply
from virtual.pipelines import bag, op, pipeline, play, run

N = (op("a"), op("b"), op("c", "a"), op("d", "a", "b", given={"x": "{% $a.n %}", "y": "{% $b.n %}"}))


def test_the_n_waits_for_its_own_needs_only() -> None:
    ended, host = run(pipeline(*N), {"a": Reply(5, {"n": 1}), "b": Reply(1, {"n": 2}), "c": Reply(10), "d": Reply(1)})
    assert {call.operation: call.at for call in host.calls} == {"a": 0.0, "b": 0.0, "c": 5.0, "d": 5.0}
    assert host.calls[-1].arguments == {"x": 1, "y": 2}
    assert ended.seconds == 15.0


def test_a_record_that_is_there_already_is_not_waited_for() -> None:
    ended, host = run(pipeline(*N), {"a": Reply(1, {"n": 1}), "b": Reply(5, {"n": 2})})
    assert {call.operation: call.at for call in host.calls}["d"] == 5.0
    assert "aws-sdk:sfn:sendTaskSuccess" not in host.services
    assert ended.status == "SUCCEEDED"


def test_a_lost_wake_heals_when_the_await_times_out() -> None:
    host = Host(play({"a": Reply(5, {"n": 1}), "b": Reply(1, {"n": 2})}), folded=True)
    host.lost_wakes = 1
    ended, _ = run(pipeline(*N), host=host)
    assert ended.status == "SUCCEEDED"
    starts = {call.operation: call.at for call in host.calls}
    assert 900 <= starts["d"] <= 903


def test_a_wait_of_many_hours_repeats_its_conditional_write() -> None:
    ended, host = run(pipeline(*N), {"a": Reply(10_000, {"n": 1}), "b": Reply(1, {"n": 2})})
    assert {call.operation: call.at for call in host.calls}["d"] == 10_000
    assert len([one for one in host.services if one.endswith("updateItem.waitForTaskToken")]) == 12
    assert ended.status == "SUCCEEDED"


def test_a_failure_crosses_a_join() -> None:
    ended, _ = run(pipeline(*N), {"a": Reply(2, error="Task.Broken"), "b": Reply(1, {"n": 1})})
    assert {name: record["s"] for name, record in bag(ended).items()} == {
        "a": "failed",
        "b": "ok",
        "c": "upstream_failed",
        "d": "upstream_failed",
    }


def test_a_skip_crosses_a_join() -> None:
    made = pipeline(op("a", when="{% false %}"), *N[1:3], op("d", "a", "b", run_if=RunIf.NONE_FAILED))
    ended, _ = run(made)
    assert {name: record["s"] for name, record in bag(ended).items()} == {
        "a": "skipped",
        "b": "ok",
        "c": "skipped",
        "d": "ok",
    }


def test_only_the_status_is_mailed_when_nobody_reads_the_output() -> None:
    made = pipeline(*N[:3], op("d", "a", "b"))
    _, host = run(made, {"a": Reply(5, {"n": 1})})
    assert host.mailboxes["s-1/a"]["r"] == {"S": '{"s":"ok"}'}


def test_what_is_mailed_is_the_output_with_every_character() -> None:
    text = 'é\n"quoted" \\ \u2028 {% no %} 日本'
    output = {"n": text, "list": [1], "deep": {"empty": [], "none": None}, "big": 9007199254740991}
    made = pipeline(*N[:3], op("d", "a", "b", given={"all": "{% $a %}"}))
    _, host = run(made, {"a": Reply(5, output)})
    assert host.calls[-1].arguments == {"all": output}


def test_nothing_is_left_behind_without_a_time_to_live() -> None:
    _, host = run(pipeline(*N))
    assert all(int(item["ttl"]["N"]) > 365 * 86400 for item in host.mailboxes.values())


def test_a_resume_reads_done_records_from_its_bag_and_mails_nothing() -> None:
    done = {"a": {"s": "ok", "o": {"n": 1}}, "c": {"s": "ok"}, "b": {"s": "ok", "o": {"n": 2}}}
    ended, host = run(pipeline(*N), resume=done)
    assert [(call.operation, call.arguments) for call in host.calls] == [("d", {"x": 1, "y": 2})]
    assert host.services == ["lambda:invoke"]
    assert ended.status == "SUCCEEDED"


def test_a_join_with_more_producers_than_one_read_takes() -> None:
    producers = [f"p{i}" for i in range(130)]
    pairs = [op(f"q{i}", f"p{i}") for i in range(130)]
    made = pipeline(*(op(name) for name in producers), *pairs, op("end", *producers))
    ended, host = run(made, {"end": Reply(1)})
    assert ended.status == "SUCCEEDED"
    assert {call.operation: call.at for call in host.calls}["end"] == 1.0
