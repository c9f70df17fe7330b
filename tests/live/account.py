"""A real account of AWS as a place for a whole life: the user's own settings say which, AWS_PROFILE and the others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bunsui.aws.clients import Clients
from e2e.stages import left_of
from e2e.whole_life import Life

_CONTEXT = """
[contexts.live]
backend = "aws"
environment = {name}
subnets = {subnets}
public_ip = true
"""


@dataclass
class Account:
    """`subnets` must reach the internet: containers fetch their image."""

    name: str
    subnets: tuple[str, ...]
    home: Path

    @property
    def environ(self) -> dict[str, str]:
        return {"BUNSUI_HOME": str(self.home), "BUNSUI_CONTEXT": "live"}

    def begin(self) -> None:
        """Refuses an environment that is there: all that it holds would be removed in the end."""
        assert left_of(Clients(), self.name) == [], f"there is an environment {self.name!r} already: name another"
        self.home.mkdir(mode=0o700)
        subnets = json.dumps(self.subnets)
        (self.home / "bunsui.toml").write_text(_CONTEXT.format(name=json.dumps(self.name), subnets=subnets))

    def deploy(self, life: Life, *files: str) -> None:
        life.bunsui("env", "deploy", *files, "--yes")

    def destroy(self, life: Life) -> None:
        life.bunsui("env", "destroy", "--confirm", self.name)
        assert left_of(Clients(), self.name) == []

    def remove(self) -> None:
        """What a test that failed has left. Only what was begun here."""
        if self.home.exists():
            command = [sys.executable, "-m", "bunsui", "env", "destroy", "--confirm", self.name]
            subprocess.run(command, env={**os.environ, **self.environ}, check=False)
