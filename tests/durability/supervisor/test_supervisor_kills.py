"""Engines and supervisors that die, with real processes: nothing recorded is lost, nothing runs twice at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from rig import HANDLERS, Rig, cmdline, command, context, function, is_alive

from bunsui.local.launch import Lost, Outcome, Progress, Saved
from bunsui.local.supervisor import identity


def _pids(rig: Rig, path: Path) -> list[int]:
    found: list[int] = rig.eventually(lambda: path.exists() and [int(pid) for pid in path.read_text().split()], "pids")
    return found


def test_a_dead_supervisors_tasks_die_and_the_engine_is_told(rig: Rig, tmp_path: Path) -> None:
    launch = function("handlers.sleeps", {"pids": str(tmp_path / "pids")})
    rig.client.launch([launch])
    pids = _pids(rig, tmp_path / "pids")
    os.kill(rig.supervisor_pid(), signal.SIGKILL)
    rig.wait_lost()
    rig.eventually(lambda: not any(map(is_alive, pids)), "death of worker and child")
    assert rig.outcomes(launch.id) == []
    assert rig.run("handlers.nothing").error is None


def test_a_dead_supervisors_commands_die_with_all_their_children(rig: Rig, tmp_path: Path) -> None:
    script = f"trap '' TERM HUP; sleep 60 & echo $$ $! > {tmp_path}/pids; wait"
    rig.client.launch([command("sh", "-c", script)])
    pids = _pids(rig, tmp_path / "pids")
    os.kill(rig.supervisor_pid(), signal.SIGKILL)
    rig.wait_lost()
    rig.eventually(lambda: not any(map(is_alive, pids)), "death of shell and child")


def test_supervisor_and_workers_killed_at_once_leave_no_command_behind(rig: Rig, tmp_path: Path) -> None:
    rig.client.launch([command("sh", "-c", f"sleep 60 & echo $$ $! > {tmp_path}/pids; wait")])
    pids = _pids(rig, tmp_path / "pids")
    rig.eventually(lambda: (rig.home.run / "tasks" / str(pids[0])).exists(), "its record")
    workers = [int(e) for e in os.listdir("/proc") if f"{rig.home.run}/runtime" in " ".join(cmdline(e))]
    for pid in (rig.supervisor_pid(), *workers):
        os.kill(pid, signal.SIGKILL)
    rig.wait_lost()
    rig.eventually(lambda: not any(map(is_alive, pids)), "death of shell and child")


def test_what_was_lost_is_launched_again_and_logs_go_on(rig: Rig, tmp_path: Path) -> None:
    launch = function("handlers.until_there", {"path": str(tmp_path / "gate")})
    rig.client.launch([launch])
    rig.eventually(lambda: rig.supervisor_pid(), "supervisor")
    os.kill(rig.supervisor_pid(), signal.SIGKILL)
    rig.wait_lost()
    (tmp_path / "gate").touch()
    rig.client.launch([launch])
    assert rig.outcome(launch.id).output == {"operation": "op"}


def test_outcomes_recorded_before_a_death_come_before_lost(home: Path, tmp_path: Path) -> None:
    rig = Rig(home).start()
    launch = function("handlers.nothing")
    rig.client.launch([launch])
    rig.outcome(launch.id)  # recorded, not acknowledged
    os.kill(rig.supervisor_pid(), signal.SIGKILL)
    rig.wait_lost()
    kinds = [type(report) for report in rig.reports]
    assert kinds.index(Lost) == len(kinds) - 1
    assert kinds.count(Outcome) == 2
    rig.close()


def test_a_new_engine_adopts_what_runs(rig: Rig, tmp_path: Path) -> None:
    launch = function("handlers.until_there", {"path": str(tmp_path / "gate")})
    rig.client.launch([launch])
    rig.close()
    other = Rig(rig.home.path).start()
    assert other.known == {launch.id}
    other.client.launch([launch])  # an engine that does not know what became of it may ask again
    (tmp_path / "gate").touch()
    assert other.outcome(launch.id).error is None
    assert len(other.outcomes(launch.id)) == 1
    other.close()


def test_a_new_engine_hears_at_once_how_far_tasks_are(rig: Rig, tmp_path: Path) -> None:
    rig.client.launch([function("handlers.tells_and_waits", {"path": str(tmp_path / "gate")})])
    rig.wait(lambda: any(isinstance(report, Progress) for report in rig.reports), "progress")
    rig.close()
    other = Rig(rig.home.path).start()
    assert [(one.done, one.total) for one in other.reports if isinstance(one, Progress)] == [(3, 4)]
    (tmp_path / "gate").touch()
    other.close()


def test_a_task_that_ends_while_no_engine_is_there_is_delivered_to_the_next(rig: Rig, tmp_path: Path) -> None:
    launch = function("handlers.until_there", {"path": str(tmp_path / "gate")})
    rig.client.launch([launch])
    rig.close()
    (tmp_path / "gate").touch()
    rig.eventually(lambda: list(rig.home.spool.glob("*.outcomes")), "the outcome in the spool")
    rig.eventually(lambda: not rig.supervisor_pid(), "the supervisor's end")
    other = Rig(rig.home.path).start()
    assert other.known == {launch.id}
    assert [report.id for report in other.reports if isinstance(report, Outcome)] == [launch.id]
    other.close()


def test_the_spool_forgets_what_is_acknowledged(rig: Rig) -> None:
    launches = [function("handlers.saves", context=context(key=f"k{i}")) for i in range(3)]
    rig.client.launch(launches)
    for launch in launches:
        rig.outcome(launch.id)
    assert list(rig.home.spool.iterdir())
    rig.client.acknowledge([launch.id for launch in launches])
    rig.eventually(lambda: not list(rig.home.spool.iterdir()), "an empty spool")


def test_saved_positions_survive_everything(rig: Rig) -> None:
    rig.run("handlers.saves", {"fail": True})
    os.kill(rig.supervisor_pid(), signal.SIGKILL)
    rig.wait_lost()
    assert len([report for report in rig.reports if isinstance(report, Saved)]) == 2
    again = rig.run("handlers.saves", context=context(attempt="1.0.1"))
    assert again.output == {"before": {"row": 10}, "after": {"row": 20}}


def test_a_torn_spool_file_is_no_outcome(home: Path) -> None:
    rig = Rig(home).start()
    launch = function("handlers.nothing")
    rig.client.launch([launch])
    rig.outcome(launch.id)
    rig.close()
    rig.eventually(lambda: not rig.supervisor_pid(), "the supervisor's end")
    (file,) = rig.home.spool.glob("*.outcomes")
    whole = file.read_bytes()
    for length in (0, 1, len(whole) // 2, len(whole) - 2):
        file.write_bytes(whole[:length])
        other = Rig(home).start()
        assert other.known == frozenset()
        other.close()
        other.eventually(lambda: not other.supervisor_pid(), "the supervisor's end")  # noqa: B023


def test_one_supervisor_serves_a_home_that_many_ask_for_at_once(home: Path) -> None:
    rigs = [Rig(home) for _ in range(6)]
    programs = [subprocess.Popen([sys.executable, "-c", _START, str(home), str(HANDLERS)]) for _ in range(3)]
    for rig in rigs:
        rig.start()
    assert [program.wait(30) for program in programs] == [0, 0, 0]
    wanted = [e for e in os.listdir("/proc") if "bunsui.local.supervisor" in cmdline(e) and str(home) in cmdline(e)]
    assert len(wanted) == 1
    for rig in rigs:
        rig.close()


_START = """
import sys; from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[2]).parent))
from rig import Rig
rig = Rig(Path(sys.argv[1])).start(); rig.close()
"""


def test_the_newest_engine_is_served_and_the_old_one_rests(rig: Rig) -> None:
    other = Rig(rig.home.path).start()
    launch = function("handlers.nothing")
    rig.client.launch([launch])  # nobody listens to it any more
    assert other.run("handlers.nothing").error is None
    assert rig.reports == []
    assert other.outcomes(launch.id) == []
    other.close()


def test_it_ends_by_itself_and_leaves_no_worker(rig: Rig) -> None:
    identity_of: Any = rig.run("handlers.identity").output
    rig.close()
    rig.eventually(lambda: not rig.supervisor_pid(), "the supervisor's end")
    rig.eventually(lambda: not is_alive(identity_of["pid"]), "the worker's end")
    assert not rig.home.socket("supervisor.sock").exists()


def test_an_unrelated_process_with_a_recorded_number_lives(home: Path) -> None:
    rig = Rig(home)
    bystander = subprocess.Popen(["sleep", "60"], start_new_session=True)
    folder = rig.home.run / "tasks"
    folder.mkdir()
    record = f'{{"pid":{bystander.pid},"start":"1","boot":"{identity.boot_id()}","mark":"x"}}'
    (folder / str(bystander.pid)).write_text(record)
    rig.start()
    assert not (folder / str(bystander.pid)).exists()
    assert is_alive(bystander.pid)
    bystander.kill()
    bystander.wait()
    rig.close()


@pytest.mark.parametrize("limit", [0, 40])
def test_an_outcome_that_the_disk_refuses_is_told_when_it_is_recorded(home: Path, tmp_path: Path, limit: int) -> None:
    rig = Rig(home).start()
    launch = function("handlers.counts", {"path": str(tmp_path / "count")})
    rig.run("handlers.nothing")  # its worker has no limit
    subprocess.run(["prlimit", "--pid", str(rig.supervisor_pid()), f"--fsize={limit}:unlimited"], check=True)
    rig.client.launch([launch])
    rig.eventually((tmp_path / "count").exists, "the task's end")
    time.sleep(0.2)
    assert rig.outcomes(launch.id) == []
    subprocess.run(["prlimit", "--pid", str(rig.supervisor_pid()), "--fsize=unlimited"], check=True)
    assert rig.outcome(launch.id).output == {"runs": 1}
    rig.close()


def test_files_are_private(rig: Rig) -> None:
    rig.run("handlers.large", {"size": 9000})
    rig.run("handlers.chatty")
    own = [path for path in rig.home.path.rglob("*") if "__pycache__" not in path.parts]
    assert [path for path in own if path.stat().st_mode & 0o077 and not path.is_symlink()] == []
