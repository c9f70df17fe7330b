"""Files that are no pipelines, and places that may not be read or written: a problem with a hint, and nothing worse."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

OPERATION = "operations:\n  a: {command: {run: [echo]}}\n"
GOOD = f"version: 1\nname: x\n{OPERATION}"
BOMB = "".join(f"k{i}: &k{i} [{','.join([f'*k{i - 1}' if i else 'x'] * 9)}]\n" for i in range(9))
FILES = {
    "empty": (b"", "the file is empty"),
    "latin": (GOOD.encode() + b"description: caf\xe9\n", "not UTF-8"),
    "wide": (GOOD.encode("utf-16"), "not UTF-8"),
    "tabs": (GOOD.replace("  a", "\ta").encode(), "a tab"),
    "bomb": (BOMB.encode(), "more than 100,000 values"),
    "itself": (f"tags: &a {{b: *a}}\n{GOOD}".encode(), "inside what it repeats"),
    "deep": (b"version: " + b"[" * 9000 + b"]" * 9000, "more than 40 levels"),
    "large": (b"#" * 10_000_000, "larger than 1,048,576 bytes"),
    "code": (GOOD.replace("name: x", "name: !!python/object/apply:os.system [id]").encode(), "is not supported"),
    "names": (GOOD.replace("name: x", 'name: "../\\e[2J"').encode(), "expected a name"),
    "cycle": (
        GOOD.replace("{command", "{needs: [b], command").encode() + b"  b: {needs: [a], wait: {for: 1s}}\n",
        "a -> b -> a",
    ),
}


def bunsui(*arguments: str, bound: bool = False) -> subprocess.CompletedProcess[str]:
    """`bound`: root does without what makes it root, so that permissions hold for it as for anybody."""
    without = "-dac_override,-dac_read_search"
    argv = ["setpriv", f"--bounding-set={without}", f"--inh-caps={without}"] if bound and os.geteuid() == 0 else []
    argv += [sys.executable, "-m", "bunsui", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)


def told(done: subprocess.CompletedProcess[str]) -> str:
    text = done.stdout + done.stderr
    assert "Traceback" not in text
    assert "\x1b" not in text
    return text


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_is_no_pipeline_is_a_problem_with_its_place(tmp_path: Path) -> None:
    for name, (body, _) in FILES.items():
        (tmp_path / f"{name}.yaml").write_bytes(body)
    done = bunsui("validate", *(f"{name}.yaml" for name in FILES))
    assert done.returncode == 3
    lines = told(done).splitlines()
    for name, (_, said) in FILES.items():
        assert [line for line in lines if line.startswith(f"{name}.yaml:") and said in line], name


@pytest.mark.parametrize("name", ["a folder", "a\x1b[2Jb", "new\nline", "--output"])
def test_names_of_files_are_spelt_out(tmp_path: Path, name: str) -> None:
    if name == "a folder":
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_text("x: 1")
    done = bunsui("validate", "--", name)
    assert done.returncode == 3
    assert len([line for line in told(done).splitlines() if line.strip() == "line"]) == 0


needs_setpriv = pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root may do anything")


@needs_setpriv
def test_what_may_not_be_read_or_written_is_told(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ok.yaml").write_text(GOOD)
    (tmp_path / "closed.yaml").write_text(GOOD)
    (tmp_path / "closed.yaml").chmod(0)
    (tmp_path / "fast").mkdir(mode=0o500)
    for verb in ("validate", "run"):
        done = bunsui(verb, "closed.yaml", bound=True)
        assert (done.returncode, "no permission to read" in told(done), "chmod +r" in told(done)) == (3, True, True)
    monkeypatch.setenv("BUNSUI_HOME", str(tmp_path / "fast" / "home"))
    done = bunsui("run", "ok.yaml", bound=True)
    assert (done.returncode, "no permission to write" in told(done), "BUNSUI_HOME" in told(done)) == (6, True, True)
    assert bunsui("init", "fast/new", bound=True).returncode == 6


@needs_setpriv
def test_a_home_that_became_read_only_is_told_and_goes_on_afterwards(tmp_path: Path, home: Path) -> None:
    (tmp_path / "ok.yaml").write_text(GOOD)
    assert bunsui("run", "ok.yaml", "--name", "one", bound=True).returncode == 0
    home.chmod(0o500)
    for command in (["run", "ok.yaml"], ["session", "list"]):
        done = bunsui(*command, bound=True)
        assert (done.returncode, "hint:" in told(done)) == (6, True)
    home.chmod(0o700)
    assert "one" in bunsui("session", "list", bound=True).stdout
