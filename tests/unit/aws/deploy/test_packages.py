"""Zip files for Lambda: the same bytes from the same files, with what they require and the runtime."""

from __future__ import annotations

import io
import os
import re
import zipfile
from pathlib import Path

import pytest

from bunsui import aws
from bunsui.aws.deploy import packaging, wheels
from bunsui.aws.deploy.packaging import File
from bunsui.errors import BackendError, NotFound, Refused
from bunsui.services.surroundings import code_files

ON = wheels.Platform(12)


def folder_of(root: Path, **files: str) -> str:
    root.mkdir(exist_ok=True)
    for name, text in files.items():
        (root / name.replace("_dot_", ".")).write_text(text)
    return str(root)


def function(folder: str, code: str | None = "code", handler: str = "steps.run") -> packaging.Package:
    return packaging.function(folder, code, handler, code_files, lambda text: {"lib.py": File(text.encode())})


def content(package: packaging.Package) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(package.body())) as archive:
        return {name: archive.read(name).decode(errors="replace") for name in archive.namelist()}


def test_the_same_files_give_the_same_bytes_whenever_they_were_written(tmp_path: Path) -> None:
    for name in ("one", "other"):
        folder_of(tmp_path / name)
        code = folder_of(tmp_path / name / "code", steps_dot_py="x = 1\n", b_dot_py="", a_dot_py="")
        os.utime(Path(code, "steps.py"), (1, len(name)))
    one, other = function(str(tmp_path / "one")), function(str(tmp_path / "other"))
    assert (one.key, one.body()) == (other.key, other.body())


def test_another_byte_is_another_key(tmp_path: Path) -> None:
    folder_of(tmp_path / "code", steps_dot_py="x = 1\n")
    before = function(str(tmp_path)).key
    folder_of(tmp_path / "code", steps_dot_py="x = 2\n")
    assert function(str(tmp_path)).key != before


def test_code_stands_at_the_root_with_the_bare_runtime_beside_it(tmp_path: Path) -> None:
    folder_of(tmp_path / "code", steps_dot_py="x = 1\n", requirements_dot_txt="six\n")
    found = content(function(str(tmp_path)))
    assert found["steps.py"] == "x = 1\n"
    assert found["lib.py"] == "six\n"
    assert "bunsui/task/aws/function.py" in found
    assert not [
        name for name in found if name.startswith("bunsui/") and not name.startswith(("bunsui/task/", "bunsui/__"))
    ]


def test_without_a_folder_of_code_it_is_the_module_beside_the_pipeline(tmp_path: Path) -> None:
    folder_of(tmp_path, steps_dot_py="x = 1\n", other_dot_py="", data_dot_csv="")
    found = content(function(str(tmp_path), None))
    assert {name for name in found if "/" not in name} == {"steps.py"}


def test_hidden_files_and_environments_stay_at_home(tmp_path: Path) -> None:
    code = folder_of(tmp_path / "code", steps_dot_py="", _dot_env="SECRET=1")
    folder_of(Path(code, "venv"), pyvenv_dot_cfg="", lib_dot_py="")
    found = content(function(str(tmp_path)))
    assert not [name for name in found if "venv" in name or name == ".env"]


def test_no_code_is_told_with_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=str(tmp_path / "code")):
        function(str(tmp_path))


def test_more_than_lambda_takes_is_refused_with_the_size() -> None:
    with pytest.raises(Refused, match="300 MB"):
        packaging.packed({"data": File(bytes(300 * 1024 * 1024))}, "the code")


def wheel_of(folder: Path, tag: str) -> None:
    """A package that says what it is."""
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"tiny-1.0-{tag}.whl", "w") as archive:
        archive.writestr("tiny.py", "size = 1\n")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")


def test_requirements_are_those_of_lambdas_system_and_come_from_the_cache_the_second_time(tmp_path: Path) -> None:
    wheels_of = tmp_path / "wheels"
    wheel_of(wheels_of, "cp312-abi3-manylinux_2_28_x86_64")
    text = f"# what it needs\n--no-index\n--find-links {wheels_of}\ntiny\n"
    found = wheels.requirements(text, ON, tmp_path / "cache")
    assert found["tiny.py"].body == b"size = 1\n"
    assert "tiny-1.0.dist-info/RECORD" not in found
    (wheels_of / "tiny-1.0-cp312-abi3-manylinux_2_28_x86_64.whl").unlink()
    assert wheels.requirements(text, ON, tmp_path / "cache") == found


def test_what_does_not_run_there_is_refused_with_what_pip_said(tmp_path: Path) -> None:
    wheel_of(tmp_path / "wheels", "cp312-cp312-macosx_11_0_arm64")
    text = f"--no-index\n--find-links {tmp_path / 'wheels'}\ntiny\n"
    with pytest.raises(BackendError, match="tiny"):
        wheels.requirements(text, ON, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    ("tag", "runs"),
    [
        ("py3-none-any", True),
        ("cp312-cp312-manylinux_2_28_x86_64", True),
        ("cp310-abi3-manylinux2014_x86_64", True),
        ("cp311-cp311-manylinux_2_17_x86_64", False),
        ("cp313-abi3-manylinux_2_17_x86_64", False),
        ("cp312-cp312-manylinux_2_39_x86_64", False),
        ("cp312-cp312-macosx_11_0_arm64", False),
        ("cp312-cp312-manylinux_2_28_aarch64", False),
        ("cp312-cp312-linux_x86_64", False),
    ],
)
def test_a_wheel_of_this_machine_goes_along_where_it_runs_there(tag: str, runs: bool) -> None:
    assert wheels._runs(tag, ON) is runs


def test_the_controller_has_what_it_imports_and_no_face(tmp_path: Path) -> None:
    package = wheels.controller(wheels.Platform(12, here=True), tmp_path)
    found = set(content(package))
    assert {"bunsui/controller/handler.py", "bunsui/workspace.py", "boto3/__init__.py", "click/__init__.py"} <= found
    assert not [name for name in found if name.startswith(("bunsui/tui/", "textual/", "bunsui/cli/"))]
    assert wheels.controller(wheels.Platform(12, here=True), tmp_path).key == package.key


def test_the_models_of_all_services_that_are_asked_go_along() -> None:
    source = "".join(path.read_text() for path in Path(str(aws.__file__)).parent.rglob("*.py"))
    asked = set(re.findall(r"(?:\.ask|\.pages|_quietly)\(\s*\"([a-z0-9-]+)\"", source))
    assert {"dynamodb", "stepfunctions"} <= asked
    assert asked <= wheels._SERVICES
