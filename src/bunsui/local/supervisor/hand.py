"""A thread that does what may hang, one thing at a time, so that nobody waits for it longer than a moment.

What hung and returns at last counts when somebody looks again. What is done with it is `spill`'s.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue

HUNG = "the object store does not answer"


@dataclass(slots=True)
class _Job:
    work: Callable[[], int]
    late: Callable[[int], None]
    done: threading.Event = field(default_factory=threading.Event)
    result: int = 0
    error: Exception | None = None

    def run(self) -> None:
        try:
            self.result = self.work()
        except Exception as error:  # raised where the work was asked for
            self.error = error
        finally:
            self.done.set()


class Hand:
    def __init__(self, patience: float) -> None:
        """`patience`: seconds that a caller waits."""
        self._patience = patience
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._hanging: _Job | None = None

    def do(self, work: Callable[[], int], late: Callable[[int], None]) -> int:
        """What `work` returns. Raises its error, or TimeoutError when it hangs.

        Should it then return after all, `late` is told, by whoever asks next whether this is busy. A second thing is
        not begun before.
        """
        if self.busy:
            raise TimeoutError(HUNG)
        job = _Job(work, late)
        self._begin(job)
        if not job.done.wait(self._patience):
            self._hanging = job
            raise TimeoutError(HUNG)
        if job.error is not None:
            raise job.error
        return job.result

    @property
    def busy(self) -> bool:
        """Whether what hung still hangs."""
        job = self._hanging
        if job is not None and job.done.is_set():
            self._hanging = None
            if job.error is None:
                job.late(job.result)
        return self._hanging is not None

    def _begin(self, job: _Job) -> None:
        if self._thread is None:  # a daemon: a process must be able to end while a store hangs
            self._thread = threading.Thread(target=self._serve, name="object store", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def _serve(self) -> None:
        while True:
            self._jobs.get().run()
