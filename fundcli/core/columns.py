"""What columns are called in exchanges' answers and in files of this field, and which is which in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from decimal import Decimal

from fundcli.core.units import parse_time, to_ms
from fundcli.errors import DataError, UsageError, did_you_mean

NAMES: Mapping[str, Sequence[str]] = {
    "time": (
        "time", "timestamp", "fundingtime", "funding_time", "calc_time", "settlement_ts", "ts", "t", "open_time",
        "date",
    ),
    "rate": ("rate", "fundingrate", "funding_rate", "last_funding_rate", "rate_raw", "r"),
    "premium": ("premium", "premium_index", "premiumindex", "avg_premium", "p", "value"),
    "mark": ("mark", "mark_price", "markprice", "perp", "perp_price"),
    "index": ("index", "index_price", "indexprice", "oracle", "oracle_price", "spot", "spot_price"),
    "bid": ("bid", "impact_bid", "impactbid", "impact_bid_price"),
    "ask": ("ask", "impact_ask", "impactask", "impact_ask_price"),
    "interval": ("interval_hours", "funding_interval_hours", "interval"),
}  # fmt: skip
_SCALES = (Decimal(1000), Decimal(1), Decimal("0.001"))  # s, ms, µs to ms


def columns_of(
    header: Sequence[str], given: Mapping[str, str], names: Mapping[str, Sequence[str]], file: object
) -> dict[str, str]:
    """Kind → the column that holds it: as given (`--map rate=fundingRate`), else by the field's usual names.

    >>> columns_of(["calc_time", "last_funding_rate"], {}, NAMES, "x.csv")
    {'time': 'calc_time', 'rate': 'last_funding_rate'}
    """
    columns: dict[str, str] = {}
    for kind, wanted in given.items():
        if kind not in names:
            raise UsageError(f"--map: there is no '{kind}'", did_you_mean(kind, names, f"It takes {', '.join(names)}."))
        if wanted not in header:
            hint = did_you_mean(wanted, header, f"It has {', '.join(header[:12])}.")
            raise DataError(f"{file} has no column '{wanted}'", hint)
        columns[kind] = wanted
    for kind, spellings in names.items():
        found = next((name for spelling in spellings for name in header if name.strip().lower() == spelling), None)
        if kind not in columns and found is not None and found not in columns.values():
            columns[kind] = found
    return columns


def stamp_ms(text: str) -> int:
    """Milliseconds of ISO 8601, or of seconds, milliseconds or microseconds since 1970.

    >>> stamp_ms("2024-01-01T00:00Z"), stamp_ms("1704067200"), stamp_ms("1704067200000000")
    (1704067200000, 1704067200000, 1704067200000)
    """
    if text.replace(".", "", 1).isdecimal() and text.isascii():
        value = Decimal(text)
        for scale in _SCALES:
            if Decimal(1_230_768_000_000) <= value * scale < Decimal(7_258_118_400_000):
                return int(value * scale)
        raise UsageError(f"'{text[:40]}' is not a time", "Write ISO 8601, or milliseconds since 1970.")
    return to_ms(parse_time(text).astimezone(UTC))
