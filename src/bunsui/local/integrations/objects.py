"""`aws-sdk:s3:putObject` into the home's object store."""

from __future__ import annotations

import hashlib

from bunsui.errors import InvalidInput
from bunsui.local.integrations.call import Call, Done, Failed, Integration, Reaction, Stores, sdk_metadata
from bunsui.local.names import BUCKET
from bunsui.local.payloads import dumps


def _put(call: Call, stores: Stores) -> Reaction:
    bucket, key = call.arguments.get("Bucket"), call.arguments.get("Key")
    if bucket != BUCKET:
        return Failed("S3.NoSuchBucketException", f"The specified bucket does not exist: {bucket}")
    body = dumps(call.arguments.get("Body"))
    try:
        stores.objects.put(str(key), body)
    except InvalidInput as error:
        return Failed("S3.S3Exception", str(error))
    tag = hashlib.md5(body, usedforsecurity=False).hexdigest()
    return Done({"ETag": f'"{tag}"', **sdk_metadata(call)})


PUT = Integration(_put)
