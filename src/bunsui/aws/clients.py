"""The one place for boto3: a session and its clients, made when first used; every request goes through `Clients.ask`.

Profile, region, endpoint and credentials are looked up by botocore, from what is handed in and the standard AWS_*
settings. Nothing of a credential is kept here. What errors mean is in `errors`, how often one may ask in `limits`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bunsui import __version__
from bunsui.aws.errors import THROTTLING, Asked, Declined, Place, answer_of, is_botos, translated
from bunsui.aws.limits import Limiter, limiter_of
from bunsui.errors import BackendError

_CONNECT_SECONDS = 5
_READ_SECONDS = {"s3": 60}
_PATIENCE = 20  # seconds for the answer of the others
_TRIES = 4  # with growing pauses and botocore's quota; `adaptive` would slow unlike requests down together
_CONNECTIONS = 32
_NAMES = ("profile", "region", "endpoint")  # that a context may say
_IAM = {"stepfunctions": "states"}  # as permissions spell it
_IDS = {"stepfunctions": "sfn"}  # as settings of endpoints do


class Clients:
    """Safe to use from several threads. One for each context: a profile, a region, perhaps an endpoint."""

    def __init__(self, profile: str = "", region: str = "", endpoint: str = "", limiter: Limiter | None = None) -> None:
        """Without a `limiter` it shares that of all clients of its account and region."""
        self._named = (profile, region, endpoint)
        self._lock = threading.RLock()
        self._made: dict[str, Any] = {}
        self._session: Any = None
        self._place: Place | None = None
        self._limiter = limiter

    @property
    def place(self) -> Place:
        """Whom it asks, and as who."""
        with self._lock:
            if self._place is None:
                self._place = self._looked_up()
            return self._place

    def ask(self, service: str, method: str, resource: str = "", expect: tuple[str, ...] = (), **given: Any) -> Any:
        """One request and its answer. Raises Declined for the codes that are expected, else an error of ours."""
        try:
            return getattr(self._client(service), method)(**given)
        except Exception as error:
            raise self._meaning(error, service, _action(method), resource, expect) from None

    def pages(self, service: str, method: str, resource: str = "", **given: Any) -> Iterator[Any]:
        """All pages of an answer, each asked for when it is needed."""
        try:
            yield from self._client(service).get_paginator(method).paginate(**given)
        except Exception as error:
            raise self._meaning(error, service, _action(method), resource, ()) from None

    def body(self, stream: Any, service: str, method: str, resource: str) -> bytes:
        """What an answer streams; the connection may break below it."""
        try:
            read: bytes = stream.read()
        except Exception as error:
            raise self._meaning(error, service, _action(method), resource, ()) from None
        return read

    def presigned(self, service: str, method: str, seconds: int, resource: str, **given: Any) -> str:
        try:
            url: str = self._client(service).generate_presigned_url(method, given, seconds)
        except Exception as error:
            raise self._meaning(error, service, _action(method), resource, ()) from None
        return url

    def close(self) -> None:
        with self._lock:
            for client in self._made.values():
                client.close()
            self._made.clear()

    def _meaning(
        self, error: Exception, service: str, action: str, resource: str, expect: tuple[str, ...]
    ) -> BaseException:
        answer = answer_of(error)
        if answer is not None and answer.code in expect:
            return Declined(answer)
        if not is_botos(error):
            return error
        place = self._asked_at(service) if self._place else self._unknown
        return translated(error, Asked(_IAM.get(service, service), action, resource, place))

    @property
    def _profile(self) -> str:
        return self._named[0] or os.environ.get("AWS_PROFILE", "") or os.environ.get("AWS_DEFAULT_PROFILE", "")

    @property
    def _fixed(self) -> frozenset[str]:
        return frozenset(name for name, value in zip(_NAMES, self._named, strict=True) if value)

    @property
    def _unknown(self) -> Place:
        """Before anything could be looked up."""
        return Place(self._profile, self._named[1], fixed=self._fixed)

    def _asked_at(self, service: str) -> Place:
        """The place of one service: each may have an endpoint of its own."""
        place = self.place
        return replace(place, endpoint=self._named[2] or _endpoint(self._session, service))

    def _client(self, service: str) -> Any:
        client = self._made.get(service)
        if client is None:
            with self._lock:
                client = self._made.get(service) or self._opened(service)
                self._made[service] = client
        return client

    def _opened(self, service: str) -> Any:
        from botocore.config import Config

        place = self._asked_at(service)
        config = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS.get(service, _PATIENCE),
            max_pool_connections=_CONNECTIONS,
            tcp_keepalive=True,
            user_agent_extra=f"bunsui/{__version__}",
            retries=None if _set_by_user(self._session) else {"mode": "standard", "total_max_attempts": _TRIES},
            inject_host_prefix=not place.endpoint,
            # Presigned addresses must name the region, and most regions want this signature.
            s3={"addressing_style": "path" if place.endpoint else "virtual"},
            signature_version="s3v4" if service == "s3" else None,
        )
        client = self._session.client(service, endpoint_url=self._named[2] or None, config=config)
        if service == "stepfunctions":
            self._limit(client, place)
        return client

    def _limit(self, client: Any, place: Place) -> None:
        """Every try takes a token, those of botocore too; what AWS throttles empties the bucket."""
        limiter = self._limiter or limiter_of(self._account(), place.region, place.endpoint)
        hooks = client.meta.events
        hooks.register("before-send", lambda event_name, **_: limiter.take(event_name.rpartition(".")[2]))
        hooks.register(
            "response-received",
            lambda event_name, parsed_response=None, **_: _tell(limiter, event_name, parsed_response),
        )

    def _account(self) -> str:
        """As far as the credentials tell without a request: the account, else whose keys they are."""
        credentials = self._session.get_credentials()
        return str(getattr(credentials, "account_id", None) or getattr(credentials, "access_key", None) or "")

    def _looked_up(self) -> Place:
        profile, region, endpoint = self._named
        region = region or os.environ.get("AWS_REGION", "")  # botocore knows only AWS_DEFAULT_REGION
        boto3 = _boto3()
        try:
            self._session = boto3.Session(profile_name=profile or None, region_name=region or None)
            config: Mapping[str, Any] = self._session._session.get_scoped_config()
        except Exception as error:
            raise self._meaning(error, "sts", "GetCallerIdentity", "", ()) from None
        return Place(
            profile=self._profile,
            region=self._session.region_name or "",
            endpoint=endpoint or _endpoint(self._session, ""),
            sso="sso_session" in config or "sso_start_url" in config,
            login="login_session" in config,
            fixed=self._fixed,
        )


def _boto3() -> Any:
    try:
        import boto3
    except ImportError:
        hint = "Install it: pip install 'bunsui[aws]'"
        raise BackendError("the aws backend needs the package boto3, which is not installed", hint) from None
    return boto3


def _action(method: str) -> str:
    """As the API spells it: `get_item` is GetItem."""
    return "".join(part.capitalize() for part in method.split("_"))


def _endpoint(session: Any, service: str) -> str:
    """The address that the user's settings name for a service, or for all; botocore follows the same."""
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return ""
    id = _IDS.get(service, service)
    config = session._session.get_scoped_config()
    sections = session._session.full_config.get("services", {}).get(config.get("services", ""), {})
    named = (
        os.environ.get(f"AWS_ENDPOINT_URL_{id.upper()}") if id else None,
        os.environ.get("AWS_ENDPOINT_URL"),
        sections.get(id, {}).get("endpoint_url") if id else None,
        config.get("endpoint_url"),
    )
    return str(next(filter(None, named), ""))


def _set_by_user(session: Any) -> bool:
    """Whether the user's own settings say how often to try."""
    named = session._session.get_scoped_config()
    return any(name in named or f"AWS_{name.upper()}" in os.environ for name in ("retry_mode", "max_attempts"))


def _tell(limiter: Limiter, event: str, answer: Mapping[str, Any] | None) -> None:
    if answer and str(answer.get("Error", {}).get("Code", "")).rpartition("#")[2] in THROTTLING:
        limiter.throttled(event.rpartition(".")[2])
