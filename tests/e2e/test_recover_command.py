"""`bunsui session recover` on real sessions: the plan as text and JSON, each way by its flag, many at once, records."""

from __future__ import annotations

import io
import json

import pytest

from bunsui.cli import boundary, output
from bunsui.cli.output import Output
from bunsui.model.status import SessionStatus
from bunsui.workspace import open_workspace

_S = SessionStatus


class Typed:
    """The program in this process, as a person would use it, but for the terminal."""

    def __init__(self, project, monkeypatch) -> None:
        monkeypatch.setenv("BUNSUI_HOME", str(project.settings.home))
        monkeypatch.chdir(project.folder)
        self._patch = monkeypatch

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        out = Output(io.StringIO(), io.StringIO(), {})
        self._patch.setattr(boundary.output, "of_process", lambda: out)
        code = boundary.run(list(arguments))
        return code, out.out.getvalue(), out.err.getvalue()  # type: ignore[attr-defined]

    def json(self, *arguments: str) -> tuple[int, dict]:
        code, out, _ = self(*arguments, "--output", "json")
        return code, json.loads(out)


@pytest.fixture
def typed(project, monkeypatch) -> Typed:
    return Typed(project, monkeypatch)


def down(project, name: str = "down") -> None:
    """A session of the pipeline `numbers` whose item 1 failed; the data has been mended since."""
    (project.folder / "bad-1").touch()
    with open_workspace(project.settings) as opened:
        session = opened.sessions.wait(opened.run(project.numbers, name=name).id, 60)
    assert session.status is _S.FAILED
    (project.folder / "bad-1").unlink()
    (project.folder / "ran.txt").unlink()


def test_the_plan_shows_every_way_out_and_does_nothing(project, typed) -> None:
    down(project)
    code, out, err = typed("session", "recover", "down")
    assert code == output.DONE
    for part in (
        "--resume",
        "--from OP",
        "--rerun OP",
        "--skip OP",
        "--restart",
        "not possible",
        "--redrive",
        "--cancel",
    ):
        assert part in out
    assert "bunsui session recover down --resume" in err
    assert project.ran() == []


def test_the_plan_as_json_names_what_runs_and_what_is_kept(project, typed) -> None:
    down(project)
    code, body = typed.json("session", "recover", "down")
    ways = {way["action"]: way for way in body["ways"]}
    assert (code, body["suggested"]) == (0, "resume")
    assert set(ways) == {"redrive", "resume", "edited", "from", "rerun", "skip", "restart", "cancel"}
    assert (ways["resume"]["rerun"], ways["resume"]["reused"]) == (["double", "total", "clean"], ["extract"])
    assert ways["cancel"]["why"] == "it has ended already (FAILED)"


def test_what_the_plan_says_is_what_happens_and_it_is_recorded(project, typed) -> None:
    down(project)
    code, _, _ = typed("session", "recover", "down", "--resume", "--why", "mended the row", "--yes")
    assert (code, project.ran()) == (output.DONE, ["double 1", "total", "clean"])
    _, body = typed.json("session", "show", "down")
    (one,) = body["recoveries"]
    assert (one["action"], one["why"], one["worked"]) == ("resume", "mended the row", True)
    record = project.settings.home / "objects" / "logs" / "down" / "recovery" / "1.json"
    assert json.loads(record.read_text())["after"]["runs"] == ["double", "total", "clean"]


def test_a_dry_run_does_nothing(project, typed) -> None:
    down(project)
    code, out, _ = typed("session", "recover", "down", "--rerun", "extract", "--dry-run")
    assert (code, project.ran()) == (output.DONE, [])
    assert "extract" in out


def test_a_skipped_operation_counts_as_done_with_the_output_that_was_given(project, typed) -> None:
    down(project)
    given = '{"items": [{"twice": 50}], "succeeded": 1, "failed": 0, "errors": []}'
    code, body = typed.json("session", "recover", "down", "--skip", "double", "--output-json", given, "--yes")
    assert (code, project.ran(), body["outputs"]) == (0, ["total", "clean"], {"sum": 50})


def test_an_edited_pipeline_reruns_what_the_edit_changed(project, typed) -> None:
    down(project)
    text = (project.folder / "numbers.yaml").read_text()
    project.write("numbers.yaml", text.replace("{% $double.items %}", "{% [$double.items[0]] %}"))
    _, plan = typed.json("session", "recover", "down", "--edited", "--dry-run")
    assert plan["changes"] == {"total": ["with"]}
    code, body = typed.json("session", "recover", "down", "--edited", "--yes")
    assert (code, project.ran(), body["outputs"]) == (0, ["double 1", "total", "clean"], {"sum": 0})


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["down", "--redrive"], output.REFUSED, "caught the failure"),
        (["down", "--restart"], output.REFUSED, "nothing was done"),  # nobody is there to be asked
        (["down", "--rerun", "nothing"], output.REFUSED, "it has no operation 'nothing'"),
        (["down", "--rerun", "totla"], output.REFUSED, "Did you mean 'total'?"),
        (["down", "--resume", "--restart"], 2, "only one way out at a time"),
        (["nobody"], 4, "no session"),
        (["--resume"], 2, "which session?"),
        (["--edited", "down"], 2, "'down' was taken for the FILE of --edited"),
        (["--status", "failed"], 2, "many need one of"),
        (["down", "--skip", "double", "--output-json", "{"], 2, "not JSON"),
        (["down", "--skip", "double", "--output-json", '{"n": NaN}'], 2, "NaN is no number of JSON"),
        (["down", "--skip", "double", "--output-json", '{"n": 1e999}'], 2, "1e999 is no number of JSON"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(project, typed, arguments, code, said) -> None:
    down(project)
    done, _, err = typed("session", "recover", *arguments)
    assert (done, project.ran()) == (code, [])
    assert said in err


def test_many_are_recovered_by_one_command_each_once(project, typed) -> None:
    for name in ("one", "two"):
        down(project, name)
    code, body = typed.json("session", "recover", "--status", "failed", "--pipeline", "numbers", "--resume")
    assert (code, sorted(step["session"] for step in body["steps"] if step["what"] == "ended")) == (0, ["one", "two"])
    assert sorted(project.ran()) == sorted(["double 1", "total", "clean"] * 2)
    code, body = typed.json("session", "recover", "--status", "failed", "--resume")
    assert (code, body["steps"]) == (0, [])


def test_many_of_which_nothing_is_to_be_done_say_so(project, typed) -> None:
    down(project)
    code, _, err = typed("session", "recover", "--status", "failed", "--resume", "--dry-run")
    assert (code, err) == (output.DONE, "1 planned: nothing was done.\n")
    code, _, err = typed("session", "recover", "--status", "timed_out", "--resume")
    assert (code, err) == (output.DONE, "No such sessions: nothing was done.\n")
