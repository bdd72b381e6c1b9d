"""The fields of an answer and what they hold, out of its type."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args, get_type_hints


def field_kinds(record: Any, prefix: str = "") -> dict[str, str]:
    """Every field, nested ones dotted, and its kind: number, time, text, flag or record."""
    kinds: dict[str, str] = {}
    hints = get_type_hints(record)
    for field in fields(record):
        name, hint = prefix + field.name, hints[field.name]
        parts = {hint, *get_args(hint), *(inner for arg in get_args(hint) for inner in get_args(arg))}
        nested = next((part for part in parts if isinstance(part, type) and is_dataclass(part)), None)
        if nested is not None:
            kinds[name] = "record"
            kinds |= field_kinds(nested, f"{name}.")
        elif bool in parts:
            kinds[name] = "flag"
        elif parts & {Decimal, int}:
            kinds[name] = "number"
        else:
            kinds[name] = "time" if datetime in parts else "text"
    return kinds
