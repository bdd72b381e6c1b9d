"""The JSON contract: Decimals as plain JSON numbers, times with Z, null for what has no meaning."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from functools import cache
from typing import Any

import msgspec

from fundcli.core.numbers import plain

# What a computed number is written with: the digits of an IEEE decimal128. Ledger lines and wire values are shorter.
_WIDTH = Context(prec=34)


def time_text(value: datetime) -> str:
    """ISO 8601 with Z; milliseconds only where there are any."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    timespec = "milliseconds" if value.microsecond else "seconds"
    return value.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def number_text(value: Decimal) -> str:
    """A plain decimal number of at most 34 significant digits."""
    return plain(_WIDTH.plus(value))


@cache
def _names(record_type: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record_type))


def encodable(value: Any) -> Any:
    """The value in types that msgspec writes as the contract says."""
    kind = type(value)
    if kind is Decimal:
        if not value.is_finite():  # JSON has no NaN, and a number without meaning is null
            return None
        return msgspec.Raw(number_text(value).encode())
    if kind is str:
        return value if value.isprintable() else msgspec.Raw(_escaped(value))
    if value is None or kind is bool or kind is int:
        return value
    if kind is datetime:
        return time_text(value)
    if is_dataclass(kind):
        return {name: encodable(getattr(value, name)) for name in _names(kind)}
    if isinstance(value, Mapping):
        return {str(key): encodable(item) for key, item in value.items()}
    if isinstance(value, Decimal):  # a profile's Share or Hours
        return encodable(Decimal(value))
    if isinstance(value, Sequence):
        return [encodable(item) for item in value]
    raise TypeError(f"no JSON form for {kind.__name__}")


def _escaped(text: str) -> bytes:
    """JSON text in ASCII: a terminal that shows it obeys no control character in it, not even DEL or C1."""
    return json.dumps(text).replace("\x7f", "\\u007f").encode()


def to_json(value: Any, indent: int = 0) -> bytes:
    """JSON bytes without a final line end."""
    data = msgspec.json.encode(encodable(value))
    return msgspec.json.format(data, indent=indent) if indent else data


def flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """A record with nested records as dotted names; lists are left to JSON."""
    result: dict[str, Any] = {}
    for field in fields(value):
        item = getattr(value, field.name)
        if is_dataclass(item):
            result.update(flat(item, f"{prefix}{field.name}."))
        else:
            result[prefix + field.name] = item
    return result
