"""Everything that apprise speaks: chats, webhooks, telephones. E-mail goes its own way, see `mail`.

Apprise is imported here and nowhere else. What it says when something fails is told without the address.
"""

from __future__ import annotations

import logging
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bunsui.channels import addresses, mail, rendering
from bunsui.errors import BackendError
from bunsui.model import visible
from bunsui.model.alert import Message, Target
from bunsui.model.alert_address import scheme, shown
from bunsui.model.secret import Secret

MISSING = "Install what speaks to them: pip install 'bunsui[alerts]'"
_FROM = re.compile(r"[^A-Za-z0-9.-]")
_LONGEST_REASON = 300
log = logging.getLogger("apprise")


def send(message: Message, target: Target, address: str) -> str:
    """To the address that the target stands for. Raises BackendError with a reason in which nothing of it stands."""
    apprise = _loaded()
    with _overheard() as said:
        try:
            plugin = _plugin(apprise, address, said)
            done = plugin is not None and _sent(apprise, plugin, message)
        except Exception as error:  # of hundreds of services: what a failure looks like is theirs to say
            said.append(f"{type(error).__name__}: {error}")
            done = False
    if done:
        return f"sent to {shown(target)}"
    reason = "; ".join(dict.fromkeys(said)) or "the service did not take it"
    told = visible.line(addresses.scrubbed(reason, address))[:_LONGEST_REASON]
    raise BackendError(f"{shown(target)}: {told}", _hint(target))


def _hint(target: Target) -> str:
    typed = target.address.ref if isinstance(target.address, Secret) else "ADDRESS"
    return f"Try it: bunsui alert test {typed}"


def _loaded() -> Any:
    try:
        import apprise
    except ImportError:
        raise BackendError("alerts to services need the package apprise, which is not installed", MISSING) from None
    return apprise


def _plugin(apprise: Any, address: str, said: list[str]) -> Any:
    """An address of a service that is known; any other http(s) address is a webhook that takes JSON."""
    asset = apprise.AppriseAsset(app_id="Bunsui", app_desc="Bunsui", app_url="", image_url_mask="", secure_logging=True)
    found = apprise.Apprise.instantiate(_translated(address), asset=asset, suppress_exceptions=True)
    if found is None and scheme(address) in ("http", "https"):
        said.clear()
        found = apprise.Apprise.instantiate(
            re.sub(r"^http", "json", address, flags=re.IGNORECASE), asset=asset, suppress_exceptions=True
        )
    return found


def _translated(address: str) -> str:
    """``mailto:ada@example.com`` goes through this machine's mail server, or the one that ``?smtp=`` names."""
    found = re.fullmatch(r"(mailtos?):(?!//)([^?]*)(?:\?(.*))?", address, re.IGNORECASE)
    if not found:
        return address
    kept = [pair for pair in (found[3] or "").split("&") if pair]
    server = next((pair[5:] for pair in kept if pair.startswith("smtp=")), "localhost")
    rest = [f"to={found[2]}", *(pair for pair in kept if not pair.startswith("smtp="))]
    if not any(pair.startswith("from=") for pair in kept):
        rest.append(f"from=bunsui@{_host()}")
    return f"{found[1]}://{server}/?{'&'.join(rest)}"


def _host() -> str:
    name = _FROM.sub("-", socket.gethostname()).strip("-.") or "localhost"
    return name if "." in name else f"{name}.local"


def _sent(apprise: Any, plugin: Any, message: Message) -> bool:
    if mail.is_mail(plugin):
        mail.send(plugin, message)
        return True
    subject, body = rendering.subject(message), rendering.plain(message)
    if _is_for_programs(plugin):
        _identify(plugin, message)
    else:
        subject, body = rendering.chat(subject), rendering.chat(body)
    return bool(
        plugin.notify(
            title=subject,
            body=body,
            notify_type=apprise.NotifyType.FAILURE if message.bad else apprise.NotifyType.SUCCESS,
            body_format=apprise.NotifyFormat.TEXT,
            overflow=apprise.OverflowMode.TRUNCATE,
        )
    )


def _is_for_programs(plugin: Any) -> bool:
    """A webhook, to which fields can be added: nothing is marked up, and nobody called, there."""
    return isinstance(getattr(plugin, "payload_extras", None), dict)


def _identify(plugin: Any, message: Message) -> None:
    """A program can tell a message that came twice, and needs not read its text."""
    fields = {"alert_id": message.id, "kind": str(message.kind)}
    fields |= {"session": message.session, "pipeline": message.pipeline}
    plugin.payload_extras = {**fields, **plugin.payload_extras}
    plugin.headers = {"Idempotency-Key": message.id, **plugin.headers}


class _Ear(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:  # what others send has other secrets
            self._said.append(record.getMessage())


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """What apprise logs is its reason; nothing of it reaches another log, since addresses stand in it."""
    said: list[str] = []
    ear = _Ear(said)
    log.propagate = False
    log.addHandler(ear)
    try:
        yield said
    finally:
        log.removeHandler(ear)
