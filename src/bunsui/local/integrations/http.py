"""`http:invoke`: a request that the supervisor makes, answered in Step Functions' shape."""

from __future__ import annotations

from bunsui.local.integrations import context
from bunsui.local.integrations.call import Call, Integration, Reaction, Run, Stores
from bunsui.local.integrations.launching import launch


def _react(call: Call, stores: Stores) -> Reaction:
    return Run(launch(call, stores, "http", dict(call.arguments), context.of(call)))


INVOKE = Integration(_react, launches=True)
