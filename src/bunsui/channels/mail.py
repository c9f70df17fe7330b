"""E-mail: apprise reads the address (and knows the servers of the large providers); what is sent is written here.

So that a message has the same Message-ID each time that it is sent, and is text and HTML at once.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formataddr
from typing import Any

from bunsui.channels import rendering
from bunsui.model.alert import Message

_SECONDS = 15.0  # for each answer of a server
_PORTS = {"insecure": 25, "starttls": 587, "ssl": 465}


def is_mail(plugin: Any) -> bool:
    return all(hasattr(plugin, name) for name in ("smtp_host", "secure_mode", "from_addr", "targets"))


def send(plugin: Any, message: Message) -> None:
    """Raises what smtplib raises."""
    mode = str(getattr(plugin.secure_mode, "value", plugin.secure_mode))
    port = plugin.port or _PORTS.get(mode, 25)
    context = ssl.create_default_context() if plugin.verify_certificate else ssl._create_unverified_context()  # noqa: S323 (the user wrote verify=no)
    connect: Any = smtplib.SMTP_SSL if mode == "ssl" else smtplib.SMTP
    more = {"context": context} if mode == "ssl" else {}
    with connect(plugin.smtp_host, port, timeout=_SECONDS, **more) as server:
        if mode == "starttls":
            server.starttls(context=context)
        if plugin.user and plugin.password:
            server.login(plugin.user, plugin.password)
        server.send_message(letter(plugin, message), plugin.from_addr[1], _recipients(plugin))


def letter(plugin: Any, message: Message) -> EmailMessage:
    """One letter to all of them. The subject is one line; headers are refused by the library if they are not."""
    found = EmailMessage()
    found["Subject"] = rendering.subject(message)
    found["From"] = formataddr((plugin.from_addr[0] or "Bunsui", plugin.from_addr[1]))
    found["To"] = ", ".join(formataddr((name or "", address)) for name, address in plugin.targets)
    if plugin.cc:
        found["Cc"] = ", ".join(sorted(plugin.cc))
    if plugin.reply_to:
        found["Reply-To"] = ", ".join(sorted(plugin.reply_to))
    found["Message-ID"] = f"<{message.id}@alerts.bunsui>"
    found["Auto-Submitted"] = "auto-generated"
    for name, value in plugin.headers.items():
        if name not in found:
            found[name] = value
    found.set_content(rendering.plain(message))
    found.add_alternative(rendering.html(message), subtype="html")
    return found


def _recipients(plugin: Any) -> list[str]:
    return [address for _, address in plugin.targets] + sorted(plugin.cc) + sorted(plugin.bcc)
