"""The JSON Schema of a pipeline file, for editors. It comes from the same table as the parser: `keys`."""

from __future__ import annotations

from bunsui.definition.keys import PIPELINE
from bunsui.model.json import Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Json]:
    return {"$schema": DIALECT, "title": "Bunsui pipeline", **PIPELINE.schema()}
