"""The types that profiles are written in, and the block that says where values come from."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Share(Decimal):
    """A fraction read from YAML text such as `0.01%`, `5bp` or `0.0005`."""


class Hours(Decimal):
    """A span in hours, read from text such as `8` or `8h`."""


class Amount(Decimal):
    """A positive amount of money, coin or times, read from text such as `50000` or `50k`."""


class Strict(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A block in which a misspelt key is an error."""


class Source(Strict):
    """Where the values of a block come from: page or endpoint, its URL, and the date on which it said so."""

    what: str
    date: str
    url: str | None = None


class Moment(str):
    """A time in UTC, read from text such as `2025-09-18T08:01:00Z` and kept as ISO 8601."""
