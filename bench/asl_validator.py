"""Compiled machines through npm's asl-validator, an independent judge: `make asl-validator`. It needs npm.

The machines are those of the examples and the demo, and of a seeded sample of random DAGs.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import samples

VALIDATOR = "asl-validator@4.0.0"
ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".asl-validator"
BUNSUI = str(Path(sys.executable).parent / "bunsui")
# Placeholders stand where a deployment puts names; the validator wants what they will look like.
ARN = re.compile(r'"\$\{(Machine|Function|Task|Connection)_[^}]*\}"')


def install() -> str:
    program = FOLDER / "node_modules" / ".bin" / "asl-validator"
    if not program.exists():
        npm = shutil.which("npm") or sys.exit("this needs npm on the PATH")
        command = [
            npm,
            "install",
            "--silent",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(FOLDER),
            VALIDATOR,
        ]
        subprocess.run(command, check=True)
    return str(program)


def pipelines(folder: Path, count: int) -> list[Path]:
    """Files of the repository, and random ones written into a folder."""
    fixed = [*sorted((ROOT / "examples").rglob("*.yaml")), *sorted((ROOT / "src/bunsui/demo").rglob("*.yaml"))]
    for seed in range(count):
        (folder / f"random-{seed}.yaml").write_text(samples.layered(f"random-{seed}", 5 + seed * 3, seed))
    (folder / "noop.py").write_text(samples.NOOP)
    return [*fixed, *sorted(folder.glob("random-*.yaml"))]


def compiled(pipeline: Path, folder: Path) -> Path:
    done = subprocess.run([BUNSUI, "compile", str(pipeline)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{pipeline.name} does not compile:\n{done.stderr}")
    target = folder / f"{pipeline.stem}.asl.json"
    target.write_text(ARN.sub('"arn:aws:states:us-east-1:123456789012:stateMachine:placeholder"', done.stdout))
    return target


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=40, help="how many random DAGs")
    count = options.parse_args().count
    validator = install()
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        machines = [compiled(pipeline, folder) for pipeline in pipelines(folder, count)]
        for machine in machines:
            done = subprocess.run([validator, "--json-path", str(machine)], capture_output=True, text=True, check=False)
            if done.returncode:
                failed += 1
                print(f"{machine.name}\n{done.stdout}{done.stderr}")
    print(f"{len(machines) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
