"""MiniStack as a program for tests: runs in its own environment (`make ministack`), on a port that was free.

It prints its address, then serves until its standard input ends: whoever started it may be killed, and it still ends.
With `--as-it-is` nothing of it is mended: that is how tests see what upstream still lacks.
"""

import asyncio
import os
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


def main(mended: bool, folder: str) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        port = listening.getsockname()[1]
        os.environ.update(_settings(port, folder))
        tempfile.tempdir = folder

        from hypercorn.asyncio import serve
        from hypercorn.config import Config
        from ministack.app import app

        if mended:
            import mends

            mends.apply()
        config = Config()
        config.bind = [f"fd://{listening.fileno()}"]
        config.graceful_timeout = 0.1
        config.shutdown_timeout = 0.5
        print(f"http://127.0.0.1:{port}", flush=True)
        asyncio.run(serve(app, config, shutdown_trigger=_until_nobody_listens))
    os._exit(0)  # executions that still run are threads of their own


if __name__ == "__main__":
    main("--as-it-is" not in sys.argv, sys.argv[1])
