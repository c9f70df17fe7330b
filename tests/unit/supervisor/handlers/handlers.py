"""Handlers that behave in every way a user's may: run by the tests of the supervisor, in its workers."""

import datetime
import logging
import os
import signal
import subprocess
import sys
import time

from bunsui import task

loaded = time.time()


def nothing(event):
    return None


def echo(event, context):
    return {"event": event, "request": context.aws_request_id, "remaining": context.get_remaining_time_in_millis()}


def add(a, b):
    return {"sum": a + b}


def identity(event):
    return {"pid": os.getpid(), "loaded": loaded, "folder": os.getcwd()}


def environment(event):
    return {"environ": {name: value for name, value in os.environ.items() if name != "LC_CTYPE"}}


def chatty(event):
    print("one")
    logging.getLogger("some").info("two %s", "!")
    os.system("echo three")
    print("four", end="", flush=True)
    task.log("five", level="WARNING", rows=3, name="a b")
    sys.stdout.write("six\n")
    print("seven", file=sys.stderr)
    logging.debug("never shown")


def raises(event):
    try:
        raise KeyError("first")
    except KeyError:
        raise ValueError("it broke: é") from None


def exits(event):
    sys.exit(3)


def dies(event):
    print("about to die", flush=True)
    print("last words", file=sys.stderr)
    os.kill(os.getpid(), getattr(signal, event["signal"]))
    time.sleep(30)


def leaves(event):
    os._exit(7)


def sleeps(event):
    child = subprocess.Popen(["sleep", "60"])
    with open(event["pids"], "w") as file:
        file.write(f"{os.getpid()} {child.pid}")
    time.sleep(60)


def not_json(event):
    return {"rows": [{"when": datetime.date(2013, 1, 1)}]}


def not_a_number(event):
    return {"x": [1.0, float("nan")]}


def circular(event):
    value = {}
    value["self"] = value
    return value


def surrogate(event):
    return {"text": "\ud800"}


def a_list(event):
    return [1, 2]


def large(event):
    return {"small": 1, "large": "x" * event["size"]}


def many(event):
    return {f"f{i}": "y" * event["size"] for i in range(event["count"])}


def consume(event):
    path = event.get("file")
    text = task.open(path).read() if path is not None else ""
    return {"length": len(event["value"]) if "value" in event else 0, "text": text}


def write_file(event):
    with task.output_file("a/../b é.txt") as file, open(file, "w") as out:
        out.write("content")
    late = task.output_file("late.txt")
    with open(late, "w") as out:
        out.write("late")
    return {"file": file, "late": late}


def prints(event):
    line = "x" * 99 + "\n"
    block = line * 10_000
    for _ in range(event["megabytes"]):
        sys.stdout.write(block)
    print("the very end")


def long_line(event):
    print("a" * (1 << 20))
    print("next")


def secret(event):
    print("the password is", os.environ["PASSWORD"], "indeed")
    logging.warning("again: %s", os.environ["PASSWORD"])
    raise ValueError("not " + os.environ["PASSWORD"])


def saves(event):
    before = task.saved()
    task.save({"row": (before or {"row": 0})["row"] + 10})
    if event.get("fail"):
        raise RuntimeError("later")
    return {"before": before, "after": task.saved()}


def progresses(event):
    for number in range(1000):
        task.progress(number + 1, 1000, "rows")
    return {}


def eats(event):
    data = bytearray(event["mebibytes"] << 20)
    return {"size": len(data)}


def freezes(event):
    os.kill(os.getpid(), signal.SIGSTOP)


def beats(event):
    time.sleep(event["seconds"])


def tells_and_waits(event):
    task.progress(3, 4, "nearly")
    return until_there(event)


def until_there(event):
    while not os.path.exists(event["path"]):
        time.sleep(0.005)
    return {"operation": task.context.operation}


def counts(event):
    with open(event["path"], "a") as file:
        file.write("x")
    return {"runs": os.path.getsize(event["path"])}


def who(event):
    return {"key": task.idempotency_key, "item": task.context.item, "session": task.context.session}
