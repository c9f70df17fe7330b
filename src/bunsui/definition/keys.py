"""The table of keys: what a pipeline file may say, key by key. The parser and the JSON Schema both come from it.

Rules that look at several keys of one mapping are in `key_rules`, those over the whole graph in `graph_rules`.
"""

from __future__ import annotations

from bunsui.definition import key_rules, names
from bunsui.definition.addresses import Address
from bunsui.definition.containers import Either, Key, ListOf, MapOf, Record
from bunsui.definition.shapes import Boolean, Choice, Duration, Formula, Number, Switch, Text, Value
from bunsui.model.failure import Category
from bunsui.model.json import Json
from bunsui.model.pipeline import Jitter, OnFailure, RunIf

_NAME = "1 to {} of a-z, 0-9 and {}, beginning with a letter"
OPERATION_NAME = Text(
    "the name of an operation", names.OPERATION, "Names are " + _NAME.format(63, "_") + ".", limit=200
)
PIPELINE_NAME = Text("a name such as flight-delays", names.PIPELINE, "Names are " + _NAME.format(40, "-") + ".")
ANY_TEXT = Text()
NON_EMPTY = Text("a text that is not empty", r"[\s\S]+")
TAGS = MapOf(
    ANY_TEXT,
    "a mapping of texts",
    key=r"[\s\S]{1,128}",
    key_expected="a tag of 1 to 128 characters",
    key_hint="Shorten it.",
)
ARGUMENTS = MapOf(Value(), "a mapping of arguments, such as {month: 1}")
MEMORY = Number(128, 10_240)
CONTAINER_MEMORY = Number(512, 122_880)
CPU = Choice((256, 512, 1024, 2048, 4096, 8192, 16384))
CODE = Text("the folder of the code, relative to this file", r"[\s\S]+")
ARGV = ListOf(
    ANY_TEXT,
    'a list of texts, such as ["python", "job.py"]',
    minimum=1,
    hint="Write every word as an item: no shell is involved.",
)

SECRET = Record(
    (
        Key(
            "secret",
            Text(
                "a reference such as env:NAME",
                names.REFERENCE,
                "References begin with env:, file:, ssm: or secretsmanager:.",
            ),
            "a reference such as env:NAME, resolved where the task starts.",
            required=True,
        ),
    ),
    "{secret: env:NAME}",
)
ENV = MapOf(
    Either('a text or {secret: "env:NAME"}', scalar=Text("a text in quotes"), mapping=SECRET),
    "a mapping of environment variables",
    key=names.VARIABLE,
    key_expected="the name of an environment variable",
    key_hint="Names are letters, digits and _, and begin with no digit.",
)

RETRY = Record(
    (
        Key("max_attempts", Number(1, 1000), "how often to try in all; 1 means no retry."),
        Key("interval", Duration(), "how long to wait before the second try."),
        Key("backoff", Number(1, 100, whole=False), "by what the wait is multiplied each time."),
        Key("max_delay", Duration(maximum=31_622_399), "the longest wait between two tries."),
        Key("jitter", Choice(tuple(Jitter)), "full: wait a random part of the time."),
        Key(
            "on",
            Either(
                "an error name or a list of them",
                scalar=NON_EMPTY,
                sequence=ListOf(NON_EMPTY, "a list of error names", minimum=1),
            ),
            "which errors to retry; all of them if it is missing.",
        ),
    ),
    "a mapping such as {max_attempts: 3, interval: 2s}",
    rules=(key_rules.the_longest_wait_is_longer_than_the_first,),
)
RETRIES = Either(
    "a mapping such as {max_attempts: 3}, or a list of them",
    mapping=RETRY,
    sequence=ListOf(RETRY, "a list of mappings, each with 'on'", minimum=1),
)
TOLERATE = Either("a number of items such as 3, or a share such as 5%", scalar=key_rules.Tolerated())

LAMBDA = Record(
    (
        Key(
            "handler",
            Text(
                "a handler such as flights.extract",
                r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+",
                "Write module.function; a colon is for the kind python.",
            ),
            "the function to package and call, as module.function; it gets the event.",
        ),
        Key("code", CODE, "the folder of the code."),
        Key("function", NON_EMPTY, "the name or ARN of a Lambda function that exists."),
        Key("memory", MEMORY, "memory in MB."),
    ),
    "a mapping such as {handler: flights.extract, code: ./functions}",
    rules=(key_rules.a_lambda_is_ours_or_exists,),
    constraints={"oneOf": [{"required": ["handler"]}, {"required": ["function"]}]},
)
PYTHON = Record(
    (
        Key(
            "call",
            Text(
                "a function such as flights.clean:run",
                r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*",
                "Write package.module:function.",
            ),
            "the function to call with 'with' as keyword arguments, as package.module:function.",
            required=True,
        ),
        Key("code", CODE, "the folder of the code."),
        Key("memory", MEMORY, "memory in MB."),
    ),
    'a mapping such as {call: "flights.clean:run"}',
)
COMMAND = Record(
    (
        Key("run", ARGV, 'the command and its arguments, such as ["python", "job.py"].', required=True),
        Key("image", NON_EMPTY, "the container image on AWS."),
        Key("cpu", CPU, "CPU units; 1024 is one CPU."),
        Key("memory", CONTAINER_MEMORY, "memory in MB."),
    ),
    'a mapping such as {run: ["python", "job.py"]}',
)
ECS = Record(
    (
        Key("image", NON_EMPTY, "the container image."),
        Key("command", ARGV, "what to run in it, and locally as a process."),
        Key("cpu", CPU, "CPU units; 1024 is one CPU."),
        Key("memory", CONTAINER_MEMORY, "memory in MB."),
        Key("task_definition", NON_EMPTY, "the name or ARN of a task definition that exists."),
    ),
    'a mapping such as {image: "python:3.12", command: ["python", "job.py"]}',
    rules=(key_rules.a_container_is_ours_or_exists,),
    constraints={"oneOf": [{"required": ["image"]}, {"required": ["task_definition"]}]},
)
HTTP = Record(
    (
        Key("method", Choice(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")), "GET if it is missing."),
        Key(
            "url",
            Text("an address such as https://example.com/api", r"https?://[^\s]+", dynamic=True),
            "the address to call.",
            required=True,
        ),
        Key("headers", ARGUMENTS, "the request's headers."),
        Key("query", ARGUMENTS, "the query parameters."),
        Key("body", Value(), "the request's body."),
        Key(
            "connection", Text("the name of a connection", r"[A-Za-z0-9_.-]{1,64}"), "the credentials to use, by name."
        ),
    ),
    'a mapping such as {url: "https://example.com/api"}',
)
NESTED = Record(
    (
        Key("name", PIPELINE_NAME, "a registered pipeline."),
        Key("file", NON_EMPTY, "a pipeline file, relative to this one."),
    ),
    "a mapping such as {file: other.yaml}",
    rules=(key_rules.one_of("name", "file"),),
    constraints={"oneOf": [{"required": ["name"]}, {"required": ["file"]}]},
)
WAIT = Record(
    (
        Key("for", Duration(0, dynamic=True), "how long, such as 10m; an expression gives seconds."),
        Key(
            "until",
            Text(
                "a time such as 2026-01-31T06:00:00Z",
                r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)",
                "Write it as RFC 3339, with a time zone.",
                dynamic=True,
            ),
            "the time to wait for.",
        ),
    ),
    "a mapping such as {for: 10m}",
    rules=(key_rules.one_of("for", "until"),),
    constraints={"oneOf": [{"required": ["for"]}, {"required": ["until"]}]},
)
APPROVAL = Record(
    (Key("message", Text(dynamic=True), "what the person is asked."),),
    'a mapping such as {message: "Publish?"}',
)
INTEGRATION = Record(
    (
        Key(
            "resource",
            Text("an ARN such as arn:aws:states:::sns:publish", r"arn:[^\s]+"),
            "the ARN of any Step Functions integration.",
            required=True,
        ),
    ),
    'a mapping such as {resource: "arn:aws:states:::sns:publish"}',
)

KINDS: tuple[Key, ...] = (
    Key("lambda", LAMBDA, "a function that gets 'with' as its event."),
    Key("python", PYTHON, "a Python function that gets 'with' as keyword arguments."),
    Key("command", COMMAND, "a command that reads 'with' from the file $BUNSUI_INPUT."),
    Key("ecs", ECS, "a container that reads 'with' from the file $BUNSUI_INPUT."),
    Key("http", HTTP, "a request to an HTTP API."),
    Key("pipeline", NESTED, "another pipeline; 'with' are its parameters."),
    Key("wait", WAIT, "a pause."),
    Key("approval", APPROVAL, "a question to a person."),
    Key("task", INTEGRATION, "any Step Functions integration; 'with' are its arguments."),
)
_ONE_KIND: list[Json] = [{"required": [kind.name]} for kind in KINDS]

OPERATION = Record(
    (
        *KINDS,
        Key(
            "needs",
            ListOf(OPERATION_NAME, "a list of operations, such as [extract]", unique=True),
            "the operations that must be done before.",
        ),
        Key("with", ARGUMENTS, "the arguments of the task."),
        Key("env", ENV, "environment variables, and the only place for secrets."),
        Key("when", Formula(), "run only if this is true; else the operation is skipped."),
        Key("run_if", Choice(tuple(RunIf)), "which outcomes of 'needs' let it run; all_success if it is missing."),
        Key(
            "for_each",
            Either(
                'a list, or an expression such as "{% $extract.airports %}"',
                scalar=Formula("a list, or an expression that gives one"),
                sequence=ListOf(Value(), "a list", maximum=1000),
            ),
            "run once for each item of this list, as $item and $index.",
        ),
        Key("mode", Choice(("inline", "distributed")), "how items are run; inline if it is missing."),
        Key("max_concurrency", Number(1, 40), "how many items run at once, at most 40."),
        Key("tolerate", TOLERATE, "how many items may fail, as a number or a share such as 5%."),
        Key("timeout", Duration(), "how long one try may take."),
        Key("heartbeat", Duration(), "how long the task may be silent; shorter than the timeout."),
        Key("retry", RETRIES, "when to try again; without it a task is tried once."),
        Key(
            "inline", ListOf(NON_EMPTY, "a list of fields", unique=True), "fields of the output to keep up to 128 KiB."
        ),
        Key("idempotent", Boolean(), "false: running it twice does harm, so recovery asks first."),
        Key("description", ANY_TEXT, "what it does, for people."),
        Key("tags", TAGS, "labels, for people and reports."),
    ),
    "a mapping with a kind, such as {python: {...}}",
    rules=(
        key_rules.exactly_one_kind,
        key_rules.the_heartbeat_is_shorter_than_the_timeout,
        key_rules.all_errors_come_last,
        key_rules.fan_out_keys_need_for_each,
        key_rules.distributed_comes_later,
        key_rules.only_tasks_have_task_keys,
        key_rules.only_code_has_an_environment,
        key_rules.secrets_only_in_env,
    ),
    constraints={"oneOf": _ONE_KIND},
)

PARAMETER = Record(
    (
        Key("type", Choice(("string", "integer", "number", "boolean", "list", "object")), "string if it is missing."),
        Key("required", Boolean(), "true if it is missing and there is no default."),
        Key("default", Value(dynamic=False), "the value when none is given."),
        Key("description", ANY_TEXT, "what it means, for people."),
        Key("minimum", Number(-(2**53), 2**53, whole=False), "the smallest number."),
        Key("maximum", Number(-(2**53), 2**53, whole=False), "the largest number."),
        Key("min_length", Number(0, 1_000_000), "the fewest characters or items."),
        Key("max_length", Number(0, 1_000_000), "the most characters or items."),
        Key("pattern", Text("a regular expression", r"[\s\S]+"), "a regular expression that the whole text matches."),
        Key("choices", ListOf(Value(dynamic=False), "a list of values", minimum=1), "the only values allowed."),
    ),
    "a mapping such as {type: integer, default: 1}",
    rules=(key_rules.parameter_rules_fit_the_type, key_rules.the_default_obeys_the_rules),
)

CONCURRENCY = Record(
    (
        Key("max_sessions", Number(1, 10_000), "how many sessions of this pipeline may run at once."),
        Key("on_excess", Choice(("queue", "reject", "skip", "cancel_oldest")), "what happens to one too many."),
        Key("pool", Text("a name", r"[a-z][a-z0-9-]{0,39}"), "the pool whose slots it takes."),
        Key("slots", Number(1, 10_000), "how many slots it takes."),
        Key("priority", Number(-1000, 1000), "worth as many minutes of waiting."),
    ),
    "a mapping such as {max_sessions: 2}",
    rules=(key_rules.what_is_said_of_a_queue_has_one,),
    constraints={"dependentRequired": {"slots": ["pool"], "on_excess": ["max_sessions"]}},
)
_TARGETS = ListOf(
    Either('an address, or {secret: "env:NAME"}', scalar=Address(), mapping=SECRET), "a list of addresses", maximum=100
)
NOTIFY = Record(
    (
        Key("on_failure", _TARGETS, "whom to tell of a failure that is not recovered from by itself."),
        Key("on_recovery", _TARGETS, "whom to tell that a session which had failed has completed."),
        Key("on_fixed", _TARGETS, "whom to tell of the first success after another session's failure."),
        Key("on_success", _TARGETS, "whom to tell of every success; nobody if it is missing."),
        Key("on_slow", _TARGETS, "whom to tell of a session that takes longer than usual."),
        Key("on_queue", _TARGETS, "whom to tell of a session that waits too long for its turn."),
        Key("slow_after", Duration(), "what is slow; by the pipeline's own history if it is missing."),
        Key("queue_after", Duration(), "what is too long to wait; 15m if it is missing."),
    ),
    'a mapping such as {on_failure: ["mailto:data@example.com"]}',
)
RECOVERY = Record(
    (
        Key(
            "on",
            ListOf(Choice(tuple(Category)), "a list of categories such as [transient, throttled]", minimum=1),
            "which failures to recover from; those that may pass by themselves if it is missing.",
        ),
        Key("max_attempts", Number(1, 100), "how often to recover from failures of a category; 3 if it is missing."),
        Key("interval", Duration(0), "how long to wait before the first recovery; 30s if it is missing."),
        Key("backoff", Number(1, 100, whole=False), "by what the wait is multiplied each time; 2 if it is missing."),
        Key("max_delay", Duration(), "the longest wait; 15m if it is missing."),
        Key("budget", Duration(), "no more recoveries this long after the session first failed."),
        Key("action", Choice(("resume", "redrive", "restart")), "what to do; resume if it is missing."),
    ),
    "a mapping such as {max_attempts: 2, on: [transient]}",
)
RECOVERIES = Either(
    "a mapping such as {max_attempts: 2}, or a list of them",
    mapping=RECOVERY,
    sequence=ListOf(RECOVERY, "a list of mappings, each with 'on'", minimum=1),
)
SCHEDULE = Record(
    (
        Key("cron", Text("five fields such as 0 6 * * *", r"\S+(?: +\S+){4}"), "minute hour day month weekday.", True),
        Key("timezone", Text("a time zone such as Asia/Tokyo", r"[A-Za-z0-9_+/-]{1,64}"), "UTC if it is missing."),
        Key("params", ARGUMENTS, "the parameters of scheduled sessions."),
    ),
    'a mapping such as {cron: "0 6 * * *"}',
)
DEFAULTS = Record(
    (
        Key("timeout", Duration(), "how long one try may take."),
        Key("heartbeat", Duration(), "how long a task may be silent."),
        Key("retry", RETRIES, "when to try again."),
        Key("env", ENV, "environment variables of every task."),
    ),
    "a mapping such as {timeout: 10m}",
    rules=(key_rules.the_heartbeat_is_shorter_than_the_timeout, key_rules.all_errors_come_last),
)
RUNTIME = Record(
    (Key("python", NON_EMPTY, "the interpreter of the tasks."),),
    "a mapping such as {python: .venv/bin/python}",
)

PIPELINE = Record(
    (
        Key("version", Choice((1,)), "the version of this format: 1.", required=True),
        Key("name", PIPELINE_NAME, "the pipeline's name, such as flight-delays.", required=True),
        Key("description", ANY_TEXT, "what it does, for people."),
        Key("tags", TAGS, "labels, for people and reports."),
        Key(
            "params",
            MapOf(
                PARAMETER,
                "a mapping of parameters, such as {month: {type: integer}}",
                key=names.PARAMETER,
                key_expected="the name of a parameter",
                key_hint="Names are letters, digits and _, beginning with a letter.",
            ),
            "typed inputs, read as $params.<name>.",
        ),
        Key("env", ENV, "environment variables of every task."),
        Key("runtime", RUNTIME, "which interpreter runs the tasks."),
        Key("defaults", DEFAULTS, "what holds for every operation that does not say otherwise."),
        Key("on_failure", Choice(tuple(OnFailure)), "continue (independent branches finish) or fail_fast."),
        Key("timeout", Duration(), "how long an execution may take."),
        Key("concurrency", CONCURRENCY, "how many sessions may run at once, and what they share."),
        Key(
            "operations",
            MapOf(
                OPERATION,
                "a mapping of operations, by name",
                key=names.OPERATION,
                key_expected="the name of an operation",
                key_hint=OPERATION_NAME.hint,
                minimum=1,
            ),
            "the operations, by name; their 'needs' make the graph.",
        ),
        Key("outputs", ARGUMENTS, "the results of a session."),
        Key("notify", NOTIFY, "whom to tell what."),
        Key(
            "report",
            Choice(("on_failure", "always", "never")),
            "when a session that ended gets a report: on_failure (the default), always or never.",
        ),
        Key("recovery", RECOVERIES, "when to recover by itself; never if it is missing."),
        Key("schedule", SCHEDULE, "when to start by itself.", later=True),
        Key("joins", Switch(), "off: barriers instead of joins, slower."),
        Key("limits", Switch(), "off: do not enforce AWS's limits in local runs."),
        Key(
            "definition", Text("a file such as machine.asl.json", r"[\s\S]+"), "a state machine instead of operations."
        ),
    ),
    "a mapping that begins with 'version: 1'",
    rules=(
        key_rules.operations_or_a_definition,
        key_rules.heartbeats_are_shorter_than_the_default_timeout,
        key_rules.acted_on_later,
    ),
    constraints={"oneOf": [{"required": ["operations"]}, {"required": ["definition"]}]},
)
