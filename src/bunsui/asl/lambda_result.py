"""What `lambda:invoke` answers around a function's return value, as AWS shapes it."""

from __future__ import annotations

import json
from email.utils import formatdate
from hashlib import md5
from uuid import UUID

from bunsui.model.json import Json


def invoke_result(payload: Json, *, at: float, request: str) -> dict[str, Json]:
    """The result of the task. `request` is any text that names this call: ids are made from it."""
    length = str(len(json.dumps(payload, separators=(", ", ": "))))
    request_id = str(UUID(md5(request.encode(), usedforsecurity=False).hexdigest()))
    headers: dict[str, Json] = {
        "Connection": "keep-alive",
        "Content-Length": length,
        "Content-Type": "application/json",
        "Date": formatdate(at, usegmt=True),
        "X-Amz-Executed-Version": "$LATEST",
        "x-amzn-Remapped-Content-Length": "0",
        "x-amzn-RequestId": request_id,
        "X-Amzn-Trace-Id": f"root=1-{int(at):08x}-{request_id.replace('-', '')[:24]};sampled=0",
    }
    return {
        "ExecutedVersion": "$LATEST",
        "Payload": payload,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
        "StatusCode": 200,
    }
