"""A context: a backend by a name, with all that tells where it is. Where contexts are read from is in `settings`."""

from __future__ import annotations

from dataclasses import dataclass

BACKENDS = ("local", "aws")


@dataclass(frozen=True, slots=True)
class Context:
    """`endpoint` is asked instead of AWS. `subnets`, `security_groups` and `public_ip` are where containers run.

    What is empty is looked up as AWS's own tools do: AWS_PROFILE, AWS_REGION, the files below ~/.aws. Of a context that
    is `read_only` nothing is changed; one that is `production` is changed by who types its name.
    """

    name: str
    backend: str = "local"
    profile: str = ""
    region: str = ""
    endpoint: str = ""
    environment: str = "dev"
    read_only: bool = False
    production: bool = False
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    public_ip: bool = False


LOCAL = Context("local")
AWS = Context("aws", "aws")
BUILT_IN = {context.name: context for context in (LOCAL, AWS)}
