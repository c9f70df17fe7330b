"""The port AlertChannel over real servers: what arrives, as what, under which id; and that nothing leaks."""

from __future__ import annotations

import io
import logging
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from bunsui.channels.console import Console
from bunsui.channels.outlets import Outlets
from bunsui.errors import BackendError
from bunsui.model.alert import AlertKind, Failed, Message, Target
from bunsui.model.secret import Secret
from virtual import letterbox
from virtual.letterbox import Letterbox

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
HOSTILE = "\x1b[31m <!channel> <@U1> @everyone & <script>alert(1)</script> *b* [a](http://x) \u202e"
MESSAGE = Message(
    "abc123",
    AlertKind.FAILURE,
    "flights failed: load\r\nBcc: eve@example.com\r\n\r\n" + HOSTILE,
    "mine",
    "flights",
    (("session", "mine"), ("note", HOSTILE)),
    (Failed("load", HOSTILE, "throttled", "Ask less often.", ((HOSTILE, "logs/mine/load/1.0.0/000001.jsonl:3"),)),),
    2,
    (("bunsui session recover mine", "every way out"),),
)


@pytest.fixture
def channel() -> Outlets:
    return Outlets(Console())


@pytest.fixture
def web() -> Iterator[Letterbox]:
    with letterbox.web() as box:
        yield box


@pytest.fixture
def post() -> Iterator[Letterbox]:
    with letterbox.mail() as box:
        yield box


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """What a program that logs everything would write. (caplog listens to loggers that keep to themselves, too.)"""
    written = io.StringIO()
    handler, root = logging.StreamHandler(written), logging.getLogger()
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


@pytest.mark.parametrize("kind", ["json", "http"])
def test_a_webhook_gets_the_text_and_what_a_program_needs(channel, web, kind) -> None:
    how = channel.send(MESSAGE, Target(f"{kind}://127.0.0.1:{web.port}/hook"))
    (posted,) = web.posted
    assert how == f"sent to {kind}://127.0.0.1:{web.port}/..."
    assert (posted.path, posted.headers["Idempotency-Key"]) == ("/hook", "abc123")
    told = {"alert_id": "abc123", "kind": "failure", "session": "mine", "pipeline": "flights", "type": "failure"}
    assert told.items() <= posted.body.items()
    assert "bunsui session recover mine" in posted.body["message"]
    assert "logs/mine/load/1.0.0/000001.jsonl:3" in posted.body["message"]


def test_the_same_message_comes_under_the_same_id(channel, web, post) -> None:
    for _ in range(2):
        channel.send(MESSAGE, Target(f"json://127.0.0.1:{web.port}"))
        channel.send(MESSAGE, Target(f"mailto:ada@example.com?smtp=127.0.0.1:{post.port}"))
    assert {posted.body["alert_id"] for posted in web.posted} == {"abc123"}
    assert {mail["Message-ID"] for mail in post.mails} == {"<abc123@alerts.bunsui>"}


def test_a_mail_is_text_and_escaped_html_with_a_subject_of_one_line(channel, post) -> None:
    channel.send(MESSAGE, Target(f"mailto:ada@example.com?smtp=127.0.0.1:{post.port}"))
    (mail,) = post.mails
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert (mail["To"], mail["Bcc"], post.recipients) == ("ada@example.com", None, [["ada@example.com"]])
    assert mail["Subject"].startswith("flights failed: load Bcc: eve@example.com \\e[31m")
    assert "bunsui session recover mine" in text
    assert "\x1b" not in text + html
    assert "\u202e" not in text + html
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_a_mail_goes_to_all_who_are_named(channel, post) -> None:
    server = f"127.0.0.1:{post.port}"
    channel.send(MESSAGE, Target(f"mailto://{server}/ada@example.com/?to=bo@example.com&from=me@x.org&cc=cy@x.org"))
    assert sorted(post.recipients[0]) == ["ada@example.com", "bo@example.com", "cy@x.org"]
    assert "me@x.org" in post.mails[0]["From"]


def test_in_a_chat_nobody_is_called_and_nothing_is_markup(channel, web, monkeypatch) -> None:
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{web.port}/slack")
    channel.send(MESSAGE, Target("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"))
    said = str(web.posted[0].body)
    assert "flights failed" in said
    for trick in ("<!channel>", "<@U1>", "@everyone", "<script>", "](http", "\x1b", "\u202e"):
        assert trick not in said


def test_a_server_that_refuses_is_an_error_with_its_reason(channel, web) -> None:
    web.status = 503
    with pytest.raises(BackendError, match="503"):
        channel.send(MESSAGE, Target(f"json://127.0.0.1:{web.port}/hook"))


def test_a_mail_server_that_refuses_is_an_error(channel, post) -> None:
    post.status = 451
    with pytest.raises(BackendError, match="451"):
        channel.send(MESSAGE, Target(f"mailto:ada@example.com?smtp=127.0.0.1:{post.port}"))


_SECRETS = [
    "json://hunter2user:hunter2pass@127.0.0.1:{port}/hunter2path?hunter2key=hunter2value",
    "mailto://hunter2user:hunter2pass@127.0.0.1:{port}/?to=a@b.org&from=hunter2from@b.org",
    "slack://hunter2",
    "hunter2://hunter2",
    "https://hunter2.invalid/hunter2path",
]


@pytest.mark.parametrize("address", _SECRETS)
def test_no_error_and_no_log_tells_anything_of_a_secret_address(channel, address, monkeypatch, logs, capsys) -> None:
    monkeypatch.setenv("ALERT_URL", address.format(port=letterbox.free_port()))
    with pytest.raises(BackendError) as caught:
        channel.send(MESSAGE, Target(Secret("env:ALERT_URL")))
    said = capsys.readouterr()
    everything = "".join(traceback.format_exception(caught.value)) + caught.value.hint + logs.getvalue() + str(said)
    assert "hunter2" not in everything
    assert "env:ALERT_URL" in everything
    assert caught.value.__context__ is None


def test_a_reference_may_be_a_file_beside_the_pipeline(channel, web, tmp_path) -> None:
    (tmp_path / "hook.address").write_text(f"json://127.0.0.1:{web.port}/hunter2\n")
    how = channel.send(MESSAGE, Target(Secret("file:hook.address"), str(tmp_path)))
    assert (how, web.posted[0].path) == ("sent to file:hook.address", "/hunter2")


@pytest.mark.parametrize(
    ("ref", "why"),
    [
        ("env:NOT_SET", "env:NOT_SET is not set"),
        ("file:nothing.here", "file:nothing.here cannot be read: No such file or directory"),
        ("ssm:/alerts", "ssm:/alerts can be read by the aws backend alone"),
    ],
)
def test_a_reference_that_leads_nowhere_is_an_error_with_a_hint(channel, ref, why, tmp_path) -> None:
    with pytest.raises(BackendError, match=why) as caught:
        channel.send(MESSAGE, Target(Secret(ref), str(tmp_path)))
    assert caught.value.hint


def test_without_apprise_the_error_says_what_to_install(channel, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(BackendError, match="apprise, which is not installed") as caught:
        channel.send(MESSAGE, Target("json://127.0.0.1"))
    assert caught.value.hint == "Install what speaks to them: pip install 'bunsui[alerts]'"


def test_the_console_has_what_nobody_saw_yet_once(monkeypatch) -> None:
    console = Console()
    monkeypatch.setattr("bunsui.channels.console.is_attended", lambda: True)
    assert Outlets(console).send(MESSAGE, Target("console")) == "shown"
    assert (console.taken(), console.taken()) == ([MESSAGE], [])


def test_where_nobody_sits_the_record_has_it() -> None:
    console = Console()
    assert Outlets(console).send(MESSAGE, Target("console")) == "kept in the record"
    assert console.taken() == []


def test_apprise_leaves_no_files_behind(channel, web, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    channel.send(MESSAGE, Target(f"json://127.0.0.1:{web.port}/hook"))
    assert list(Path(tmp_path).iterdir()) == []
