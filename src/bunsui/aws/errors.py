"""What botocore raises and what AWS answers, as errors of ours: by class and by code, in this one place.

Each has a hint that is the next thing to type. Nothing that AWS says of signatures is passed on: it quotes tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bunsui.errors import (
    BackendError,
    BunsuiError,
    InvalidInput,
    NoCredentials,
    NotAllowed,
    NotFound,
    Throttled,
    Unreachable,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Whom a client asks, and as who. `sso` says that the profile signs in with `aws sso login`.

    What is `fixed` (profile, region, endpoint) stands in bunsui.toml: variables of the environment change none of it.
    """

    profile: str
    region: str
    endpoint: str = ""
    sso: bool = False
    login: bool = False
    fixed: frozenset[str] = frozenset()

    def profile_of(self, name: str = "NAME") -> str:
        """What to do for another profile."""
        return f'profile = "{name}" in bunsui.toml' if "profile" in self.fixed else f"export AWS_PROFILE={name}"

    def region_of(self, name: str = "eu-west-1") -> str:
        return f'region = "{name}" in bunsui.toml' if "region" in self.fixed else f"export AWS_REGION={name}"

    def elsewhere(self) -> str:
        if self.fixed:
            return "in another context: --context NAME"
        return "elsewhere: export AWS_REGION=... AWS_PROFILE=..."

    def signing_in(self) -> str:
        named = f" --profile {self.profile}" if self.profile not in ("", "default") else ""
        if self.sso:
            return f"aws sso login{named}"
        return f"aws login{named}" if self.login else f"aws configure{named}"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: `service` as IAM spells it, `action` as the API does, and what it was about."""

    service: str
    action: str
    resource: str
    place: Place


@dataclass(frozen=True, slots=True)
class Answer:
    """What AWS answered instead of doing it."""

    code: str
    message: str
    response: Mapping[str, Any]

    @property
    def attempts(self) -> int:
        """How often it was tried again before this answer came."""
        return int(self.response.get("ResponseMetadata", {}).get("RetryAttempts", 0))


class Declined(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer


def is_botos(error: BaseException) -> bool:
    """Whether boto3, botocore or what they are made of raised it; nothing of theirs need be imported to know."""
    return any(cls.__module__.split(".")[0] in _THEIRS for cls in type(error).__mro__)


_THEIRS = ("boto3", "botocore", "s3transfer", "urllib3")


def answer_of(error: BaseException) -> Answer | None:
    response = getattr(error, "response", None)
    if not isinstance(response, Mapping):
        return None
    told = response.get("Error", {})
    code = str(told.get("Code", "")).rpartition("#")[2]
    return Answer(code, str(told.get("Message") or told.get("message") or ""), response)


def translated(error: BaseException, asked: Asked) -> BunsuiError:
    answer = answer_of(error)
    if answer is not None:
        return _BY_CODE.get(answer.code, _unknown)(asked, answer)
    for cls in type(error).__mro__:
        if cls.__name__ in _BY_CLASS:
            return _BY_CLASS[cls.__name__](asked, error)
    return BackendError(f"{_what(asked)}: {type(error).__name__}: {error}", f"Look closer: {_whoami(asked.place)}")


def _what(asked: Asked) -> str:
    about = f" for {asked.resource}" if asked.resource else ""
    return f"{asked.service}:{asked.action}{about} in {asked.place.region or 'no region'}"


def _whoami(place: Place) -> str:
    named = f" --profile {place.profile}" if place.profile else ""
    return f"aws sts get-caller-identity{named}"


# What botocore raises before or instead of an answer.


def _none(asked: Asked, error: BaseException) -> BunsuiError:
    of = f"the profile {asked.place.profile!r} gives none" if asked.place.profile else "no profile is named"
    hint = f"Sign in: {asked.place.signing_in()}, or name a profile: {asked.place.profile_of()}"
    return NoCredentials(f"there are no credentials for AWS: {of}", hint)


def _signed_out(asked: Asked, error: BaseException) -> BunsuiError:
    return NoCredentials(f"the sign-in of {_who(asked)} has expired", f"Sign in again: {asked.place.signing_in()}")


def _unfetched(asked: Asked, error: BaseException) -> BunsuiError:
    hint = f"See why: {_whoami(asked.place)}, or sign in: {asked.place.signing_in()}"
    return NoCredentials(f"the credentials of {_who(asked)} could not be fetched", hint)


def _no_profile(asked: Asked, error: BaseException) -> BunsuiError:
    hint = f"List what there is: aws configure list-profiles, then: {asked.place.profile_of()}"
    return NoCredentials(f"there is no AWS profile {asked.place.profile!r}", hint)


def _no_region(asked: Asked, error: BaseException) -> BunsuiError:
    return BackendError("no AWS region is named", f"Name it: {asked.place.region_of()}")


def _bad_region(asked: Asked, error: BaseException) -> BunsuiError:
    return BackendError(f"{asked.place.region!r} is no AWS region", f"Name one: {asked.place.region_of()}")


def _unreachable(asked: Asked, error: BaseException) -> BunsuiError:
    place = asked.place
    if place.endpoint:
        instead = "leave endpoint out of bunsui.toml" if "endpoint" in place.fixed else "unset AWS_ENDPOINT_URL"
        hint = f"Start what listens at {place.endpoint}, or ask AWS itself: {instead}"
        return Unreachable(f"nothing answers at {place.endpoint} ({type(error).__name__})", hint)
    hint = f"Look at the network, HTTPS_PROXY and the region's name, then again: {place.region_of(place.region)}"
    return Unreachable(f"{_what(asked)}: no connection ({type(error).__name__})", hint)


def _untrusted(asked: Asked, error: BaseException) -> BunsuiError:
    hint = "Name the certificates that your network uses: export AWS_CA_BUNDLE=FILE"
    return Unreachable(f"{_what(asked)}: the certificate is not trusted", hint)


def _late(asked: Asked, error: BaseException) -> BunsuiError:
    hint = "It may have been done all the same; run the command again: nothing is done twice"
    return Unreachable(f"{_what(asked)}: no answer in time", hint)


def _unfit(asked: Asked, error: BaseException) -> BunsuiError:
    return InvalidInput(f"{_what(asked)}: {' '.join(str(error).split())}", "Shorten or mend what is named there")


def _who(asked: Asked) -> str:
    return f"profile {asked.place.profile!r}" if asked.place.profile else "this environment"


_BY_CLASS: dict[str, Callable[[Asked, BaseException], BunsuiError]] = {
    "NoCredentialsError": _none,
    "PartialCredentialsError": _none,
    "NoAuthTokenError": _none,
    "SSOTokenLoadError": _signed_out,
    "UnauthorizedSSOTokenError": _signed_out,
    "TokenRetrievalError": _signed_out,
    "LoginRefreshRequired": _signed_out,
    "LoginTokenLoadError": _signed_out,
    "CredentialRetrievalError": _unfetched,
    "ProfileNotFound": _no_profile,
    "NoRegionError": _no_region,
    "InvalidRegionError": _bad_region,
    "SSLError": _untrusted,
    "ReadTimeoutError": _late,
    "ConnectionClosedError": _late,
    "ResponseStreamingError": _late,
    "IncompleteReadError": _late,
    "ParamValidationError": _unfit,
    "ConnectionError": _unreachable,  # botocore's: no connection, no proxy, a time-out of connecting
    "HTTPClientError": _unreachable,
}


# What AWS answers.


def _expired(asked: Asked, answer: Answer) -> BunsuiError:
    return NoCredentials(f"the credentials of {_who(asked)} have expired", f"Sign in again: {asked.place.signing_in()}")


def _unknown_keys(asked: Asked, answer: Answer) -> BunsuiError:
    hint = f"Sign in: {asked.place.signing_in()}, or switch the region on, or see who you are: {_whoami(asked.place)}"
    return NoCredentials(f"AWS does not know the credentials of {_who(asked)} in {asked.place.region}", hint)


def _mis_signed(asked: Asked, answer: Answer) -> BunsuiError:
    if answer.code == "RequestTimeTooSkewed" or "Signature expired" in answer.message or "not yet" in answer.message:
        return NoCredentials("this machine's clock is wrong: AWS refuses what it signs", "Set the clock: timedatectl")
    hint = f"Enter the secret key again: {asked.place.signing_in()}"
    return NoCredentials(f"the secret key of {_who(asked)} does not fit its access key", hint)


_REFUSED = re.compile(r"not authorized to perform: (?P<action>[\w:*-]+)(?:.*? on resource: \"?(?P<resource>[^\s\"]+))?")
_IAM_NAMES = {"HeadObject": "GetObject", "ListObjectsV2": "ListBucket", "TransactWriteItems": "PutItem"}


def _denied(asked: Asked, answer: Answer) -> BunsuiError:
    found = _REFUSED.search(answer.message)
    action = found["action"] if found else f"{asked.service}:{_IAM_NAMES.get(asked.action, asked.action)}"
    resource = (found["resource"] if found else None) or asked.resource or "*"
    why = " (a policy denies it explicitly)" if "explicit deny" in answer.message else ""
    hint = f"Ask for the permission {action} on {resource}, or use another profile: {asked.place.profile_of()}"
    return NotAllowed(f"{_who(asked)} may not {action} on {resource}{why}", hint)


def _throttled(asked: Asked, answer: Answer) -> BunsuiError:
    return Throttled(f"{_what(asked)}: AWS refuses more requests now ({answer.code})")


def _broken(asked: Asked, answer: Answer) -> BunsuiError:
    hint = "It may have been done all the same; run the command again in a minute: nothing is done twice"
    return Unreachable(f"{_what(asked)}: AWS failed ({answer.code})", hint)


def _undeployed(asked: Asked, answer: Answer) -> BunsuiError:
    hint = f"Deploy the environment: bunsui env deploy, or look {asked.place.elsewhere()}"
    return BackendError(f"{asked.resource or 'what is asked for'} does not exist in {asked.place.region}", hint)


def _elsewhere(asked: Asked, answer: Answer) -> BunsuiError:
    headers = answer.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = headers.get("x-amz-bucket-region") or answer.response.get("Error", {}).get("Region") or "REGION"
    hint = f"Name its region: {asked.place.region_of(region)}"
    return BackendError(f"{asked.resource} is in another region than {asked.place.region}", hint)


def _missing(asked: Asked, answer: Answer) -> BunsuiError:
    return NotFound(f"there is no {asked.resource}" if asked.resource else answer.message)


def _invalid(asked: Asked, answer: Answer) -> BunsuiError:
    return InvalidInput(f"{_what(asked)}: {answer.message or answer.code}", "Mend what is named there")


def _quota(asked: Asked, answer: Answer) -> BunsuiError:
    hint = "Remove what is not needed any more, or ask for more: aws service-quotas list-service-quotas"
    return BackendError(f"{_what(asked)}: {answer.message or answer.code}", hint)


def _locked(asked: Asked, answer: Answer) -> BunsuiError:
    hint = "Ask for kms:Decrypt and kms:GenerateDataKey on its key, or switch the key on again"
    return NotAllowed(f"{_what(asked)}: its key cannot be used: {answer.message}", hint)


def _unknown(asked: Asked, answer: Answer) -> BunsuiError:
    status = answer.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= 500:
        return _broken(asked, answer)
    told = f"{answer.code}: {answer.message}" if answer.message else answer.code
    return BackendError(f"{_what(asked)}: {told}", f"See who asks, and where: {_whoami(asked.place)}")


THROTTLING = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "SlowDown",
        "KmsThrottlingException",
    }
)

_CODES: dict[Callable[[Asked, Answer], BunsuiError], tuple[str, ...]] = {
    _expired: ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired", "TokenExpired"),
    _unknown_keys: (
        *("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "InvalidToken"),
        *("AuthFailure", "OptInRequired", "NotSignedUp", "MissingAuthenticationToken"),
        *("MissingAuthenticationTokenException", "IncompleteSignature"),
    ),
    _mis_signed: ("SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed"),
    _denied: (
        *("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"),
        *("AuthorizationErrorException", "NotAuthorized", "AllAccessDisabled", "403", "Forbidden"),
    ),
    _throttled: tuple(sorted(THROTTLING)),
    _broken: (
        *("InternalError", "InternalServerError", "InternalFailure", "InternalServerException", "ServiceUnavailable"),
        *("ServiceUnavailableException", "RequestTimeout", "RequestTimeoutException", "TransactionInProgressException"),
        *("500", "502", "503", "504"),
    ),
    _undeployed: (
        "ResourceNotFoundException",
        "NoSuchBucket",
        "StateMachineDeleting",
        "TableNotFoundException",
        "NotFound",
    ),
    _elsewhere: (
        *("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"),
        *("301", "TemporaryRedirect"),
    ),
    _missing: (
        *("NoSuchKey", "404", "ExecutionDoesNotExist", "StateMachineDoesNotExist", "TaskDoesNotExist"),
        *("TaskTimedOut", "ResourceNotFound"),
    ),
    _invalid: (
        *("ValidationException", "ValidationError", "InvalidDefinition", "InvalidExecutionInput", "InvalidName"),
        *("InvalidArn", "InvalidOutput", "InvalidRange", "KeyTooLongError", "EntityTooLarge", "SerializationException"),
        *("ItemCollectionSizeLimitExceededException", "InvalidBucketName"),
    ),
    _quota: (
        *("ExecutionLimitExceeded", "StateMachineLimitExceeded", "ServiceQuotaExceededException", "TooManyTags"),
        *("ActivityLimitExceeded", "TooManyBuckets"),
    ),
    _locked: (
        *("KmsAccessDeniedException", "KmsInvalidStateException", "KMS.DisabledException", "KMS.NotFoundException"),
        *("KMS.InvalidStateException", "KMS.KMSInvalidStateException"),
    ),
}
_BY_CODE = {code: make for make, codes in _CODES.items() for code in codes}
