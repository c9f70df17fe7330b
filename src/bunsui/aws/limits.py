"""How often a process may ask Step Functions: token buckets as AWS documents them, one set per account and region.

AWS counts all processes of an account together, so each takes a share; what is throttled all the same is tried again
by botocore, and empties the bucket here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_LARGE = frozenset({"us-east-1", "us-west-2", "eu-west-1"})
_SHARE = 0.5  # of what an account may do

# Size and refill a second: in the three large regions, and elsewhere.
_BUCKETS: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "StartExecution": ((1300, 300), (800, 150)),
    "RedriveExecution": ((1300, 300), (800, 150)),
    "StopExecution": ((1000, 200), (500, 25)),
    "DescribeExecution": ((300, 15), (250, 10)),
    "GetExecutionHistory": ((400, 20), (400, 20)),
    "ListExecutions": ((200, 5), (100, 2)),
    "SendTaskSuccess": ((3000, 500), (1500, 300)),
    "SendTaskFailure": ((3000, 500), (1500, 300)),
    "SendTaskHeartbeat": ((3000, 500), (1500, 300)),
    "TestState": ((50, 10), (50, 10)),
}


@dataclass(slots=True)
class Bucket:
    size: float
    refill: float  # tokens a second
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    tokens: float = field(init=False)
    _looked: float = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        self.tokens, self._looked = self.size, self.clock()

    def take(self) -> None:
        """Wait for a token. Who comes first is served first, as far as sleeping is fair."""
        with self._lock:
            self._fill()
            self.tokens -= 1
            wait = -self.tokens / self.refill
        if wait > 0:
            self.sleep(wait)

    def drain(self) -> None:
        """AWS refused: what was thought to be there is not."""
        with self._lock:
            self._fill()
            self.tokens = min(self.tokens, 0.0)

    def _fill(self) -> None:
        now = self.clock()
        self.tokens = min(self.size, self.tokens + (now - self._looked) * self.refill)
        self._looked = now


class Limiter:
    """The buckets of one account in one region, by the name of the API's action; others are not limited here."""

    def __init__(
        self, region: str, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        column = 0 if region in _LARGE else 1
        self._buckets = {
            action: Bucket(both[column][0] * _SHARE, both[column][1] * _SHARE, clock, sleep)
            for action, both in _BUCKETS.items()
        }

    def take(self, action: str) -> None:
        if bucket := self._buckets.get(action):
            bucket.take()

    def throttled(self, action: str) -> None:
        if bucket := self._buckets.get(action):
            bucket.drain()


_lock = threading.Lock()
_limiters: dict[tuple[str, str, str], Limiter] = {}


def limiter_of(account: str, region: str, endpoint: str) -> Limiter:
    """The same for all clients of this process that ask this account in this region."""
    with _lock:
        return _limiters.setdefault((account, region, endpoint), Limiter(region))
