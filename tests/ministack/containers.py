"""Containers of ECS in the mended MiniStack: each becomes a process with the environment that ECS gives.

Images are not looked at: `python3` is this interpreter, and a container of the AWS CLI copies an object of S3. What
is below `/bunsui`, the volume of a task, lies in a folder of its own. When the essential container ends, or is killed,
the task is STOPPED and EventBridge is told. A container's `runtimeId` is the number of its process.
"""

import copy
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from ministack.core.concurrency import spawn_background
from ministack.services import ecs, eventbridge

_VOLUME = "/bunsui"
_MARK = "BUNSUI_TEST_TASK"  # in the environment of all that a task started
_PATIENCE = 2.0  # seconds between SIGTERM and SIGKILL; ECS waits for 30, where nothing else is said
_run, _stop = ecs._run_task, ecs._stop_task
_running = {}
_lock = threading.Lock()


def run_task(data):
    """Each task of an answer begins, in a thread of its own."""
    status, headers, body = _run(data)
    for told in json.loads(body)["tasks"] if status == 200 else ():
        definition = ecs._task_defs[ecs._resolve_td_key(data["taskDefinition"])]
        task = Task(ecs._tasks[told["taskArn"]], copy.deepcopy(definition))
        with _lock:
            _running[told["taskArn"]] = task
        spawn_background(task.run)
    return status, headers, body


def stop_task(data):
    """As ECS does it: the containers are told, and the task is stopped when they have ended."""
    task = ecs._resolve_task(data.get("task", ""), ecs._resolve_cluster_name(data.get("cluster", "default")))
    with _lock:
        running = _running.get(task["taskArn"]) if task else None
    if running is None:
        return _stop(data)
    running.stop("UserInitiated", data.get("reason", "Task stopped by user"))
    return ecs.json_response({"task": ecs._sanitize(task)})


def end_all():
    with _lock:
        running = list(_running.values())
    for task in running:
        task.kill()


class Task:
    def __init__(self, task, definition):
        self._task, self._definition = task, definition
        self._arn = task["taskArn"]
        self._folder = Path(tempfile.mkdtemp(prefix="ecs"))
        self._process = None
        self._stopping = None  # code and reason

    def run(self):
        for name in ("bunsui", "home", "work", "tmp"):
            (self._folder / name).mkdir()
        try:
            code, reason = self._through()
        except Exception as error:  # as ECS: what cannot be started is told as a reason
            code, reason = "TaskFailedToStart", f"CannotStartContainerError: {error}"
        self._end(*(self._stopping or (code, reason)))

    def _through(self):
        for container in sorted(self._definition["containerDefinitions"], key=lambda one: one.get("essential", True)):
            if self._stopping:
                break
            exit_code = self._container(container)
            self._told(container)["exitCode"] = exit_code
            if exit_code and not container.get("essential", True):
                return "TaskFailedToStart", f"Container {container['name']} ended with {exit_code}"
        return "EssentialContainerExited", "Essential container in task exited"

    def _container(self, container):
        command = [*container.get("entryPoint", ()), *container.get("command", ())]
        if "aws-cli" in container.get("image", ""):
            return self._copied(*command[2:4])
        argv = [self._placed(one) for one in command]
        environ = self._environ(container)
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                [sys.executable if argv[0] in ("python3", "python") else argv[0], *argv[1:]],
                cwd=self._folder / "work",
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
            self._begun(container, process)
            exit_code = process.wait()
            self._forwarded(container, said)
        return exit_code if exit_code >= 0 else 128 - exit_code

    def _begun(self, container, process):
        next(one for one in self._task["containers"] if one["name"] == container["name"])["runtimeId"] = str(
            process.pid
        )
        self._process = process
        if self._stopping:
            self._tell()

    def _told(self, container):
        return next(one for one in self._task["containers"] if one["name"] == container["name"])

    def _environ(self, container):
        given = {one["name"]: one["value"] for one in container.get("environment", ())}
        for override in self._task["overrides"].get("containerOverrides", ()):
            if override["name"] == container["name"]:
                given |= {one["name"]: one["value"] for one in override.get("environment", ())}
        cluster, region = self._task["clusterArn"], self._arn.split(":")[3]
        ecs._register_metadata(self._arn, cluster, self._definition, container, "FARGATE", given, True, None)
        bare = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self._folder / "home"),
            "TMPDIR": str(self._folder / "tmp"),
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            _MARK: self._arn,
        }
        return bare | given

    def _copied(self, source, target):
        address = os.environ["AWS_ENDPOINT_URL"] + "/" + source.removeprefix("s3://")
        with urllib.request.urlopen(address) as answer:
            Path(self._placed(target)).write_bytes(answer.read())
        return 0

    def _placed(self, text):
        return str(self._folder / "bunsui") + text[len(_VOLUME) :] if text.startswith(f"{_VOLUME}/") else text

    def _forwarded(self, container, said):
        """What the container wrote goes where its log driver says, and into MiniStack's log."""
        config = ecs._awslogs_config(container, self._arn.rpartition("/")[2], container["name"])
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").splitlines()
        sys.stderr.write("".join(f"{container['name']}: {line}\n" for line in lines))
        if config and lines and ecs._ensure_awslogs_stream(config):
            for line in lines:
                ecs._emit_awslogs_event(config, line)

    def stop(self, code, reason):
        self._task["desiredStatus"] = "STOPPED"
        self._stopping = self._stopping or (code, reason)
        if self._process is not None:
            self._tell()

    def _tell(self):
        self._process.send_signal(signal.SIGTERM)
        timer = threading.Timer(_PATIENCE, self.kill)
        timer.daemon = True
        timer.start()

    def kill(self):
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
        for environ in Path("/proc").glob("[0-9]*/environ"):
            try:
                if f"{_MARK}={self._arn}".encode() in environ.read_bytes().split(b"\0"):
                    os.kill(int(environ.parent.name), signal.SIGKILL)
            except OSError:
                continue

    def _end(self, code, reason):
        """With its first process everything in a container ends."""
        self.kill()
        with _lock:
            _running.pop(self._arn, None)
        ecs._mark_task_stopped(self._arn, self._task, reason, code)
        shutil.rmtree(self._folder, ignore_errors=True)
        detail = json.loads(json.dumps(ecs._sanitize(self._task), default=str))
        entry = {
            "Source": "aws.ecs",
            "DetailType": "ECS Task State Change",
            "Resources": [self._arn],
            "Time": time.time(),
            "Detail": json.dumps(detail),
        }
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
