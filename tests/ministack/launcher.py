"""MiniStack as a program for tests: runs in its own environment (`make ministack`), on a port that was free.

It prints its address, then serves until its standard input ends, and removes its folder: whoever started it may be
killed, and nothing stays.
With `--as-it-is` nothing of it is mended: that is how tests see what upstream still lacks.
"""

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path


async def _until_nobody_listens() -> None:
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)


def _settings(port: int, folder: str) -> dict[str, str]:
    return {
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "S3_DATA_DIR": str(Path(folder, "s3")),
        "TMPDIR": folder,
        "HOME": folder,
        "LOG_LEVEL": "WARNING",
        "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
    }


def _listening() -> tuple[int, int]:
    """A descriptor, which the server closes, and its port."""
    opened = socket.socket()
    opened.bind(("127.0.0.1", 0))
    opened.listen(128)
    return opened.getsockname()[1], opened.detach()


def main(mended: bool, folder: str) -> None:
    port, descriptor = _listening()
    os.environ.update(_settings(port, folder))
    tempfile.tempdir = folder

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    if mended:
        import mends

        mends.apply()
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.graceful_timeout = 0.1
    config.shutdown_timeout = 0.5
    print(f"http://127.0.0.1:{port}", flush=True)
    asyncio.run(serve(app, config, shutdown_trigger=_until_nobody_listens))
    if mended:
        import containers

        containers.end_all()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # executions that still run are threads of their own


if __name__ == "__main__":
    main("--as-it-is" not in sys.argv, sys.argv[1])
