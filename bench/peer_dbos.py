"""The workload on DBOS, in a process of its own: folder, sessions, steps. Prints one JSON line.

The database is in WAL mode with synchronous=FULL, which is faster than what DBOS makes by itself, and as durable.
"""

import json
import sys
import time
from typing import Any

import sqlalchemy
from dbos import DBOS


def engine(folder: str) -> sqlalchemy.Engine:
    made = sqlalchemy.create_engine(f"sqlite:///{folder}/dbos.sqlite", connect_args={"timeout": 30}, pool_size=20)

    @sqlalchemy.event.listens_for(made, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("busy_timeout=30000", "foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    return made


def main(folder: str, sessions: int, steps: int) -> None:
    database = engine(folder)
    DBOS(
        config={
            "name": "bench",
            "system_database_url": f"sqlite:///{folder}/dbos.sqlite",
            "system_database_engine": database,
            "log_level": "ERROR",
            "application_version": "v1",
        }
    )

    @DBOS.step()
    def nothing(number: int) -> int:
        return number

    @DBOS.workflow()
    def chain(length: int) -> int:
        for number in range(length):
            nothing(number)
        return length

    DBOS.launch()
    chain(1)
    begin = time.perf_counter()
    handles = [DBOS.start_workflow(chain, steps) for _ in range(sessions)]
    assert all(handle.get_result() == steps for handle in handles)
    print(json.dumps({"seconds": time.perf_counter() - begin}), flush=True)
    DBOS.destroy()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
