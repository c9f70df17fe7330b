"""Every command with where it lives and what it does in a line, so that listing them imports none of them.

The commands' own help texts and options stand with the commands, below `commands`.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A command: `module:attribute`, and its line in the list. A hidden one is not listed."""

    where: str
    summary: str
    section: str = ""
    hidden: bool = False


_ON_FILES = "On a pipeline file"
_ON_RECORDS = "On what there is"
_MORE = "More"

ROOT: dict[str, Entry] = {
    "init": Entry("bunsui.cli.commands.init:init", "Start a project that validates and runs.", _ON_FILES),
    "validate": Entry(
        "bunsui.cli.commands.validate:validate", "Check pipeline files: all problems at once.", _ON_FILES
    ),
    "plan": Entry("bunsui.cli.commands.plan:plan", "Preview: the graph, what runs together, limits, cost.", _ON_FILES),
    "compile": Entry("bunsui.cli.commands.compile:compile_", "Print the state machine (ASL) of a pipeline.", _ON_FILES),
    "run": Entry("bunsui.cli.commands.run:run", "Run a pipeline and watch it.", _ON_FILES),
    "schema": Entry("bunsui.cli.commands.schema:schema", "Print the JSON Schema of pipeline files.", _ON_FILES),
    "session": Entry("", "Sessions: list, watch, logs, resume, cancel ...", _ON_RECORDS),
    "pipeline": Entry("", "Registered pipelines and their versions.", _ON_RECORDS),
    "pool": Entry("", "Pools: slots that sessions share, and who waits.", _ON_RECORDS),
    "alert": Entry("", "Alerts: what was told to whom; try an address.", _ON_RECORDS),
    "context": Entry("", "Contexts: the home, or an environment on AWS.", _ON_RECORDS),
    "env": Entry("", "Environments on AWS: deploy, look, remove.", _ON_RECORDS),
    "tui": Entry("bunsui.tui.command:tui", "The full-screen interface; bare bunsui opens it.", _MORE),
    "demo": Entry("bunsui.cli.demo:demo", "Run a real pipeline over real data, here and now.", _MORE),
    "serve": Entry("bunsui.server.command:serve", "Step Functions and Lambda on this machine, for any client.", _MORE),
    "conformance": Entry(
        "bunsui.cli.commands.conformance:conformance", "Compare the engine with recorded executions of AWS.", _MORE
    ),
    "doctor": Entry("bunsui.cli.commands.doctor:doctor", "Check the home folder; verify or back it up.", _MORE),
    "engine": Entry("bunsui.cli.commands.engine:engine", "Host the local engine until it is idle.", _MORE, hidden=True),
}

SESSION: dict[str, Entry] = {
    "list": Entry("bunsui.cli.commands.session_list:list_", "List sessions, the newest first."),
    "show": Entry("bunsui.cli.commands.session_show:show", "Show a session and its operations."),
    "watch": Entry("bunsui.cli.commands.session_watch:watch", "Watch a session until it ends."),
    "logs": Entry("bunsui.cli.commands.session_logs:logs", "Read a session's merged log."),
    "history": Entry("bunsui.cli.commands.session_history:history", "Show the events of a session's executions."),
    "errors": Entry("bunsui.cli.commands.session_errors:errors_", "Why it failed; or the failures of all sessions."),
    "cancel": Entry("bunsui.cli.commands.session_cancel:cancel", "Cancel a session."),
    "recover": Entry("bunsui.cli.commands.session_recover:recover", "Every way out of a session; take one."),
    "resume": Entry("bunsui.cli.commands.session_again:resume", "Go on from what completed."),
    "restart": Entry("bunsui.cli.commands.session_again:restart", "Run it again from nothing."),
    "report": Entry("bunsui.cli.commands.session_report:report", "One HTML file that tells all of a session."),
    "approve": Entry("bunsui.cli.commands.session_approve:approve", "Answer an approval that a session waits for."),
    "export": Entry("bunsui.cli.commands.session_export:export", "Write record, history and logs to a zip file."),
    "purge": Entry("bunsui.cli.commands.session_purge:purge", "Remove ended sessions, after a preview."),
}

PIPELINE: dict[str, Entry] = {
    "list": Entry("bunsui.cli.commands.pipeline:list_", "List registered pipelines."),
    "show": Entry("bunsui.cli.commands.pipeline:show", "Show a registered pipeline."),
    "register": Entry("bunsui.cli.commands.pipeline:register", "Store a pipeline file under its name."),
    "versions": Entry("bunsui.cli.commands.pipeline:versions", "List the versions of a pipeline."),
    "adopt": Entry("bunsui.cli.commands.pipeline_adopt:adopt", "Watch and redrive a state machine made elsewhere."),
    "import": Entry("bunsui.cli.commands.pipeline_adopt:import_", "Write a state machine's definition as a pipeline."),
    "trust": Entry("bunsui.cli.commands.pipeline:trust", "Allow a pipeline from S3 to run code here."),
    "diff": Entry("bunsui.cli.commands.pipeline:diff", "Show how two pipelines, or versions of one, differ."),
    "report": Entry("bunsui.cli.commands.pipeline_report:report", "How a pipeline fares over its sessions."),
}

ALERT: dict[str, Entry] = {
    "list": Entry("bunsui.cli.commands.alert:list_", "List alerts, the newest first."),
    "test": Entry("bunsui.cli.commands.alert:test", "Send a test message to an address."),
}

POOL: dict[str, Entry] = {
    "list": Entry("bunsui.cli.commands.pool:list_", "List pools: slots taken, sessions waiting."),
    "show": Entry("bunsui.cli.commands.pool:show", "Show who holds a pool's slots, and who waits."),
    "set": Entry("bunsui.cli.commands.pool:set_", "Make a pool, or change its slots."),
    "drain": Entry("bunsui.cli.commands.pool:drain", "Admit no session any more."),
    "release": Entry("bunsui.cli.commands.pool:release", "Give a session's slots back by hand."),
}

CONTEXT: dict[str, Entry] = {
    "list": Entry("bunsui.cli.commands.context:list_", "List contexts."),
    "show": Entry("bunsui.cli.commands.context:show", "Show a context, and where it is from."),
    "use": Entry("bunsui.cli.commands.context:use", "Act in a context where no other is named."),
}

ENV: dict[str, Entry] = {
    "deploy": Entry("bunsui.cli.commands.env_deploy:deploy", "Put an environment and pipelines on AWS, after a plan."),
    "status": Entry("bunsui.cli.commands.env_status:status", "Show stacks, pipelines, and what differs here."),
    "destroy": Entry("bunsui.cli.commands.env_destroy:destroy", "Remove an environment with all that is in it."),
}

GROUPS = {"session": SESSION, "pipeline": PIPELINE, "pool": POOL, "alert": ALERT, "context": CONTEXT, "env": ENV}

_INTRODUCTION = "Data pipelines from the terminal: on a laptop, or on AWS Step Functions, unchanged."
_SESSION_HINT = "SESSION is an id, the beginning of one, or @last: the one that was started last."
_GROUP_NOTES = {"session": _SESSION_HINT, "pipeline": "", "pool": _SESSION_HINT, "alert": "", "context": "", "env": ""}


def root() -> str:
    """The help of bare `bunsui`."""
    parts = [_INTRODUCTION, "Usage: bunsui COMMAND [ARGUMENTS] [--help]"]
    parts += _sections(ROOT)
    parts.append("Start with:  bunsui demo            see a pipeline run, with nothing to set up\n"
                 "             bunsui init my-project  begin one of your own")  # fmt: skip
    parts.append("Every command takes --help, and --output json for programs.")
    return "\n\n".join(parts)


def group(name: str) -> str:
    """The help of `bunsui session` or `bunsui pipeline`."""
    parts = [ROOT[name].summary, f"Usage: bunsui {name} COMMAND [ARGUMENTS] [--help]", *_sections(GROUPS[name])]
    if _GROUP_NOTES[name]:
        parts.append(_GROUP_NOTES[name])
    return "\n\n".join(parts)


def _sections(table: dict[str, Entry]) -> list[str]:
    shown = {name: entry for name, entry in table.items() if not entry.hidden}
    width = max(map(len, shown))
    sections: dict[str, list[str]] = {}
    for name, entry in shown.items():
        sections.setdefault(entry.section or "Commands", []).append(f"  {name:<{width}}  {entry.summary}")
    return ["\n".join([f"{title}:", *rows]) for title, rows in sections.items()]
