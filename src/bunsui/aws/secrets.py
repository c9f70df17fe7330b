"""What a reference to AWS's own stores of secrets stands for, for addresses of alerts. Nothing of it is kept.

Secrets of tasks are looked up by the task runtime, where a task starts.
"""

from __future__ import annotations

from bunsui.aws.clients import Clients
from bunsui.aws.errors import Declined
from bunsui.errors import BackendError

_ABSENT = ("ParameterNotFound", "ResourceNotFoundException")


def look_up(clients: Clients, ref: str) -> str:
    """Of ``ssm:NAME`` or ``secretsmanager:NAME``, where NAME may be an ARN. Raises BackendError."""
    store, _, name = ref.partition(":")
    try:
        if store == "ssm":
            found = clients.ask("ssm", "get_parameter", ref, _ABSENT, Name=name, WithDecryption=True)
            return str(found["Parameter"]["Value"]).strip()
        return str(
            clients.ask("secretsmanager", "get_secret_value", ref, _ABSENT, SecretId=name)["SecretString"]
        ).strip()
    except Declined:
        raise BackendError(f"{ref} is not there", _HINTS[store].format(name=name)) from None
    except KeyError:
        raise BackendError(f"{ref} is no text", "Store the address as text") from None


_HINTS = {
    "ssm": "Store it: aws ssm put-parameter --type SecureString --name {name} --value ADDRESS",
    "secretsmanager": "Store it: aws secretsmanager create-secret --name {name} --secret-string ADDRESS",
}
