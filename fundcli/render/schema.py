"""The JSON Schema of an answer, generated from the types that produce it."""

from __future__ import annotations

from typing import Any

import msgspec

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(command: str, content_type: type, is_list: bool, version: int = 1) -> dict[str, Any]:
    """The schema of the document that `fundcli COMMAND -o json` prints."""
    (content,), definitions = msgspec.json.schema_components([content_type], ref_template="#/$defs/{name}")
    payload = {"rows": {"type": "array", "items": content}} if is_list else {"result": content}
    document = {
        "$schema": _DIALECT,
        "$id": f"fundcli/{command}@{version}",
        "title": f"Answer of fundcli {command}",
        "type": "object",
        "required": ["schema", "as_of", "inputs", "sign", *payload, "warnings"],
        "properties": {
            "schema": {"const": f"fundcli/{command}@{version}"},
            "as_of": {"type": "string", "format": "date-time", "description": "When the answer was made, UTC."},
            "inputs": {"type": "object", "description": "What was asked, with every default filled in."},
            "sign": {"type": "string", "description": "What a positive number means."},
            **payload,
            "warnings": {"type": "array", "items": {"type": "string"}},
        },
        "$defs": definitions,
    }
    mended: dict[str, Any] = _mend(document)
    return mended


def _mend(node: Any) -> Any:
    """msgspec types a Decimal as text; the contract writes it as a number. Fields may be added within a version."""
    if isinstance(node, dict):
        if node.get("type") == "string" and node.get("format") == "decimal":
            return {"type": "number"}
        return {key: _mend(value) for key, value in node.items() if key != "additionalProperties"}
    if isinstance(node, list):
        return [_mend(item) for item in node]
    return node
