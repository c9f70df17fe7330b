"""What is told of what a handler raised."""

from __future__ import annotations

import subprocess
import sys

from bunsui.task.failure import full_text


def raised(code: str, **how: object) -> BaseException:
    try:
        subprocess.run([sys.executable, "-c", code], check=True, **how)  # type: ignore[call-overload]  # as users call it
    except subprocess.CalledProcessError as error:
        return error
    raise AssertionError("it did not fail")


def test_what_a_program_said_that_was_caught_is_in_the_log() -> None:
    code = "import sys; print('half of it'); sys.exit('no such table: orders')"
    told = full_text(raised(code, capture_output=True)).splitlines()
    assert told[-2:] == ["the program wrote at last:", "no such table: orders"]
    assert full_text(raised("print('lone \\udcff'.encode('utf-8', 'surrogateescape')); exit(3)", stdout=-1)).endswith(
        "the program wrote at last:\nb'lone \\xff'\n"
    )


def test_a_program_that_was_heard_is_not_told_twice() -> None:
    assert "wrote at last" not in full_text(raised("exit(3)"))
