"""What the doctor finds in a local home: as it is, without making or mending anything."""

from __future__ import annotations

from pathlib import Path

from bunsui.backend import local_doctor, open_local
from bunsui.model.check import Check
from bunsui.settings import Settings


def found(home: Path) -> dict[str, Check]:
    return {check.name: check for check in local_doctor(Settings(home, "ada", 2)).checks()}


def opened(home: Path) -> Path:
    open_local(Settings(home, "ada", 2), lambda name: None, host_engine=False).close()
    return home


def test_a_home_that_is_not_there_yet_is_fine_and_is_not_made(tmp_path: Path) -> None:
    checks = found(tmp_path / "home")
    assert {check.status for check in checks.values()} <= {"ok", "warning"}
    assert not (tmp_path / "home").exists()


def test_a_new_home_is_in_order(tmp_path: Path) -> None:
    checks = found(opened(tmp_path / "home"))
    assert {name for name, check in checks.items() if check.status == "error"} == set()
    assert checks["engine"].detail == "not running, 0 open executions"


def test_a_home_that_others_can_read_is_a_warning_with_the_cure(tmp_path: Path) -> None:
    home = opened(tmp_path / "home")
    home.chmod(0o755)
    assert found(home)["permissions"] == Check(
        "permissions", "warning", f"other users can look at {home}", f"chmod go= {home}"
    )


def test_a_home_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    assert found(tmp_path / "home")["home"].status == "error"


def test_a_database_that_is_none_is_an_error(tmp_path: Path) -> None:
    home = opened(tmp_path / "home")
    for path in home.glob("records.db*"):
        path.unlink()
    (home / "records.db").write_bytes(b"this is not a database, but long enough to look like one" * 20)
    assert any(check.status == "error" for check in local_doctor(Settings(home, "ada", 2)).checks())


def test_a_backup_is_a_home_of_its_own(tmp_path: Path) -> None:
    home = opened(tmp_path / "home")
    doctor = local_doctor(Settings(home, "ada", 2))
    assert [check.status for check in doctor.backup(str(tmp_path / "copy"))] == ["ok"]
    assert {check.status for check in local_doctor(Settings(tmp_path / "copy", "ada", 2)).verify()} == {"ok"}
