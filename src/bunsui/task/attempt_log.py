"""The log of one attempt: bytes become lines, for whoever stores them in chunks. Readers are in `services`.

Never in a task's way: what cannot be stored, or is too much, is counted and the log says so.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

CHUNK_AGE = 0.5  # seconds from a chunk's first line until it is closed
LINE_CAP = 256 * 1024
ATTEMPT_CAP = 16 * 1024 * 1024
TAIL = 64 * 1024  # of each stream, kept beyond the cap: a failure shows at the end
_LAST_ERRORS = 10
_MARKED_CAP = 8 * 1024 * 1024  # a structured line is bounded where it is made
_LEVELS = {"stdout": "INFO", "stderr": "WARNING"}


class Chunks(Protocol):
    """Where lines go. `lost` counts those since nothing took any, `waiting` the bytes that are not stored yet."""

    lost: int

    @property
    def waiting(self) -> int: ...

    def add(self, line: bytes) -> None: ...

    def write(self) -> bool:
        """Close the open chunk; False if nothing took it."""

    def shed(self) -> None:
        """Give up what waits; its lines count as lost."""

    def close(self) -> None:
        """There are no more lines."""


class _Stream:
    """stdout or stderr: what has no line end yet, and what came beyond the cap."""

    __slots__ = ("cut", "name", "partial", "tail", "tail_dropped")

    def __init__(self, name: str) -> None:
        self.name = name
        self.partial = bytearray()
        self.cut = -1  # bytes dropped of a line that is too long; -1: not in such a line
        self.tail = b""
        self.tail_dropped = 0


class AttemptLog:
    def __init__(
        self,
        who: bytes,
        redact: Callable[[str], str],
        chunks: Chunks,
        dumps: Callable[[str], bytes] = lambda text: json.dumps(text, ensure_ascii=False).encode("utf-8", "replace"),
        loads: Callable[[bytes], Any] = json.loads,
    ) -> None:
        """`who` are the members that all its lines have, as JSON."""
        self._chunks = chunks
        self._redact = redact
        self.mark = b""  # of its worker: how a structured line begins
        self._who = who
        self._dumps, self._loads = dumps, loads
        self._streams = {name: _Stream(name) for name in _LEVELS}
        self._stored = 0
        self._latest = 0.0
        self.last_errors: deque[str] = deque(maxlen=_LAST_ERRORS)  # lines of stderr
        self.since: float | None = None  # when the first line of the open chunk came, on the clock that never jumps

    def feed(self, stream: str, data: bytes, now: float) -> None:
        """Bytes as they were read from the stream's pipe."""
        state = self._streams[stream]
        if self._stored >= ATTEMPT_CAP:
            self._keep_tail(state, data)
            return
        *lines, rest = data.split(b"\n")
        for index, line in enumerate(lines):
            self._end_line(state, line, now)
            if self._stored >= ATTEMPT_CAP:
                self._keep_tail(state, b"\n".join([*lines[index + 1 :], rest]))
                return
        self._begin_line(state, rest)

    def _lead(self) -> bytes:
        return b"\x1e" + self.mark

    def _begin_line(self, state: _Stream, rest: bytes) -> None:
        if state.cut >= 0:
            state.cut += len(rest)
            return
        state.partial += rest
        cap = _MARKED_CAP if state.partial.startswith(self._lead()) else LINE_CAP
        if len(state.partial) > cap:
            state.cut = len(state.partial) - LINE_CAP
            del state.partial[LINE_CAP:]

    def _end_line(self, state: _Stream, line: bytes, now: float) -> None:
        self._begin_line(state, line)
        whole, cut = bytes(state.partial), state.cut
        state.partial.clear()
        state.cut = -1
        if cut >= 0:
            self.add(_LEVELS[state.name], state.name, _text(whole) + f"... ({cut} bytes more were dropped)", now)
        else:
            self._line(state.name, whole, now)

    def _line(self, stream: str, line: bytes, now: float) -> None:
        lead = self._lead()
        at = line.find(lead)
        if at < 0:
            self.add(_LEVELS[stream], stream, _text(line[:-1] if line.endswith(b"\r") else line), now)
            return
        if at:
            self.add(_LEVELS[stream], stream, _text(line[:at]), now)
        try:
            level, when, message = self._loads(line[at + len(lead) :])
        except ValueError:
            self.add(_LEVELS[stream], stream, _text(line[at:]), now)
            return
        self.add(level, "log", message, when)

    def _keep_tail(self, state: _Stream, data: bytes) -> None:
        joined = state.tail + data
        state.tail_dropped += max(0, len(joined) - TAIL)
        state.tail = joined[-TAIL:]

    def add(self, level: str, stream: str, message: str, at: float) -> None:
        """One line for each line of `message`; times never run backwards within an attempt."""
        self._latest = at = max(at, self._latest)
        if self.since is None:
            self.since = time.monotonic()
        for text in self._redact(message).split("\n"):
            if stream == "stderr":
                self.last_errors.append(text)
            line = b'{"time":%.6f,"level":"%s",%s,"stream":"%s","message":%s}\n' % (
                at,
                level.encode(),
                self._who,
                stream.encode(),
                self._dumps(text),
            )
            self._stored += len(line)
            self._chunks.add(line)

    @property
    def due(self) -> float | None:
        return None if self.since is None else self.since + CHUNK_AGE

    def write(self) -> None:
        """Close the open chunk; while the disk takes nothing, try again later."""
        written = self._chunks.write()
        lost = self._chunks.lost
        if written and lost:
            self._chunks.lost = 0
            self.add("WARNING", "log", f"{lost} lines of this log were lost: they could not be stored", time.time())
            written = self._chunks.write()
        self.since = None if written else time.monotonic()

    def close(self) -> bool:
        """Everything that came, the last line without an end included. False if it could not be stored."""
        now = time.time()
        for state in self._streams.values():
            if state.partial or state.cut >= 0:
                self._end_line(state, b"", now)
            if state.tail or state.tail_dropped:
                self._close_tail(state, now)
        self.write()
        if self._chunks.waiting:
            return False
        self._chunks.close()
        return True

    def shed(self) -> None:
        """There are too many like this, and no disk takes them: its lines are lost, and will be told of."""
        self._chunks.shed()

    def _close_tail(self, state: _Stream, now: float) -> None:
        lines = state.tail.split(b"\n")
        dropped = state.tail_dropped + (len(lines[0]) if state.tail_dropped else 0)
        if dropped:
            lines = lines[1:]
            limit = f"an attempt keeps at most {ATTEMPT_CAP >> 20} MiB of log and the last {TAIL >> 10} KiB"
            self.add("WARNING", "log", f"{dropped} bytes of {state.name} were dropped here: {limit}", now)
        for line in lines if lines[-1] else lines[:-1]:
            self._line(state.name, line, now)
        state.tail, state.tail_dropped = b"", 0


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")
