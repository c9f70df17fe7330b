"""What is told of failures: when a try comes again, why nothing was done by itself, which operations fail alike."""

from __future__ import annotations

from bunsui.model.status import SessionStatus
from tui.pilot import Keys, Project, at

RETRIED = """
version: 1
name: retried
operations:
  total:
    python: {call: "steps:total"}
    retry: {max_attempts: 3, interval: 10m}
"""
POLICY = """
version: 1
name: policy
recovery: {on: [throttled], action: resume, max_attempts: 2}
operations:
  total: {python: {call: "steps:total"}}
  other: {python: {call: "steps:total"}}
"""
SILENT = '{"QueryLanguage": "JSONata", "StartAt": "Stop", "States": {"Stop": {"Type": "Fail"}}}'


def test_an_operation_between_two_tries_says_when_the_next_one_comes(project: Project) -> None:
    (project.folder / "bad").touch()
    (project.folder / "retried.yaml").write_text(RETRIED)
    project.workspace.run("retried.yaml", name="again")

    async def flow(keys: Keys) -> None:
        await keys.until("again")
        await keys.press("enter")
        await keys.until(r"total \(ConnectionError\) runs again after 1 try: again in (10m|9m \d+s)")
        await keys.press("1")
        await keys.until(r"RETRYING .*again in (10m|9m \d+s)")

    at(project.app(), flow, (140, 40))
    project.workspace.sessions.cancel("again")


def test_why_nothing_was_recovered_by_itself_stands_where_it_failed_and_in_the_report(project: Project) -> None:
    (project.folder / "bad").touch()
    (project.folder / "policy.yaml").write_text(POLICY)
    project.workspace.run("policy.yaml", name="left")
    session = project.workspace.sessions.wait("left", 60)

    async def flow(keys: Keys) -> None:
        await keys.until("left")
        await keys.press("enter")
        await keys.until(r"not recovered by itself: (total|other) failed \(transient\): the policy leaves that")

    at(project.app(), flow, (140, 40))
    _address, html = project.workspace.reports.written(project.workspace.sessions.refresh(session.id))
    assert "failed (transient): the policy leaves that to a person" in html.decode().split("</section>")[0]


def test_a_kind_of_failure_names_every_operation_that_failed_so(project: Project) -> None:
    (project.folder / "bad").touch()
    (project.folder / "policy.yaml").write_text(POLICY)
    project.workspace.run("policy.yaml", name="two")
    project.workspace.sessions.wait("two", 60)
    (group, _succeeded), *others = project.workspace.errors.groups().groups
    assert others == []
    assert set(group.operations) == {"total", "other"}

    async def flow(keys: Keys) -> None:
        await keys.until("two")
        await keys.press("E")
        await keys.until(r"(total|other) \+1 +ConnectionError")
        await keys.until(r"operation +(total, other|other, total)")

    at(project.app(), flow, (180, 40))


def test_a_machine_that_fails_without_a_word_still_says_where(project: Project) -> None:
    (project.folder / "silent.asl.json").write_text(SILENT)
    (project.folder / "silent.yaml").write_text("version: 1\nname: silent\ndefinition: silent.asl.json\n")
    project.workspace.run("silent.yaml", name="quiet")
    session = project.workspace.sessions.wait("quiet", 60)
    assert (session.status, session.reason) == (
        SessionStatus.FAILED,
        "the Fail state 'Stop' ended it, and says no reason",
    )
