"""What people type, as exact values: rates, fees, money, spans, times.

Everything is `Decimal`, instants are UTC. `nan`, `inf` and sizes that no market has are refused here, once.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from fundcli.errors import UsageError

HOURS_PER_YEAR = Decimal(8760)
HOURS_PER_DAY = Decimal(24)
MS_PER_HOUR = 3_600_000

# Above these sizes a number without a unit is almost surely a percent written without its sign.
BARE_RATE_LIMIT = Decimal("0.003")
BARE_FEE_LIMIT = Decimal("0.01")

_LARGEST = Decimal("1e15")
_LARGEST_SHARE = Decimal(1000)
_NUMBER = r"[+-]?(\d+(_\d+)*(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z"
_MULTIPLES = {"k": Decimal(1000), "m": Decimal(10) ** 6, "b": Decimal(10) ** 9}
_SPAN_PART = r"(\d+(?:\.\d+)?)(min|y|w|d|h|m|s)"
_SPAN_SECONDS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "min": 60, "s": 1}


def parse_number(text: str, what: str = "number") -> Decimal:
    """A plain decimal number; `1_000`, `1e-4` and a typographic minus are read too.

    >>> parse_number("10_000"), parse_number("1e-4")
    (Decimal('10000'), Decimal('0.0001'))
    """
    plain = text.strip().replace("\u2212", "-")
    if not re.match(_NUMBER, plain):
        raise UsageError(f"{what}: '{text}' is not a number", "Write it like 12, 0.5 or 10_000.")
    try:
        value = Decimal(plain.replace("_", ""))
    except InvalidOperation:
        raise UsageError(f"{what}: '{text}' is not a number", "Write it like 12, 0.5 or 10_000.") from None
    if abs(value) > _LARGEST or (value and abs(value) < 1 / _LARGEST**2):
        raise UsageError(f"{what}: '{text}' is beyond any market", "Write a size between 1e-30 and 1e15.")
    return Decimal(format(value, "f"))  # 1e3 is 1000 from here on


def parse_share(text: str, what: str = "share") -> Decimal:
    """A fraction: `0.01%`, `1bp` and `0.0001` are the same.

    >>> parse_share("0.01%") == parse_share("1bp") == parse_share("0.0001")
    True
    """
    plain = text.strip().lower().replace(" ", "")
    for suffix, divisor in (("%", 100), ("bps", 10_000), ("bp", 10_000)):
        if plain.endswith(suffix):
            value = parse_number(plain.removesuffix(suffix), what) / divisor
            break
    else:
        value = parse_number(plain, what)
    if abs(value) > _LARGEST_SHARE:
        raise UsageError(f"{what}: '{text}' is beyond any market", "Write a fraction below 100,000 %.")
    return value


def _has_unit(text: str) -> bool:
    return text.strip().lower().endswith(("%", "bp", "bps"))


def _percent_text(value: Decimal) -> str:
    return f"{format((value * 100).normalize(), 'f')}%"


def parse_rate(text: str, what: str = "--rate") -> Decimal:
    """A funding rate per settlement; a bare number above 0.003 in size is refused.

    >>> parse_rate("0.01%")
    Decimal('0.0001')
    """
    value = parse_share(text, what)
    if not _has_unit(text) and abs(value) > BARE_RATE_LIMIT:
        raise UsageError(
            f"{what} {text.strip()} without a sign would be {_percent_text(value)} at every settlement",
            f"Is {text.strip()}% meant? Write {text.strip()}%, or {_percent_text(value)} if that is what you mean.",
        )
    return value


def parse_fee(text: str, what: str = "fee") -> Decimal:
    """A fee or slippage, as a share of notional; a rebate is negative; a bare 0.01 or more is refused.

    >>> parse_fee("-0.005%")
    Decimal('-0.00005')
    """
    value = parse_share(text, what)
    if not _has_unit(text) and abs(value) >= BARE_FEE_LIMIT:
        raise UsageError(
            f"{what} {text.strip()} without a sign would be {_percent_text(value)}",
            f"Is {text.strip()}% meant? Write {text.strip()}%, or {_percent_text(value)} if that is what you mean.",
        )
    if abs(value) >= 1:
        raise UsageError(f"{what}: '{text}' is the whole notional or more", "Write a fee like 0.05%.")
    return value


def parse_money(text: str, what: str = "money") -> Decimal:
    """An amount of money or coin: `10k`, `1.5m`, `10_000`.

    >>> parse_money("1.5m")
    Decimal('1500000')
    """
    plain = text.strip().lower()
    multiple = _MULTIPLES.get(plain[-1:])
    if multiple is None:
        return parse_number(plain, what)
    value = parse_number(plain[:-1], what) * multiple
    if abs(value) > _LARGEST:
        raise UsageError(f"{what}: '{text}' is beyond any market", "Write an amount up to 1e15.")
    return Decimal(format(value.normalize(), "f"))


def parse_span(text: str, what: str = "span") -> Decimal:
    """A span of time in hours: `8h`, `30d`, `2w`, `1y`, `1d12h`, `30min`.

    >>> parse_span("30d"), parse_span("1d12h")
    (Decimal('720'), Decimal('36'))
    """
    plain = text.strip().lower().replace(" ", "")
    parts = re.findall(_SPAN_PART, plain)
    if not parts or "".join(number + unit for number, unit in parts) != plain:
        hint = f"Is {plain}h meant? " if re.match(_NUMBER, plain) else ""
        raise UsageError(f"{what}: '{text}' is not a span of time", f"{hint}Write it like 8h, 30d, 2w or 1y.")
    hours = sum((parse_number(number, what) * _SPAN_SECONDS[unit] for number, unit in parts), Decimal(0)) / 3600
    if hours <= 0:
        raise UsageError(f"{what}: '{text}' has no length", "Write a span above zero, like 8h.")
    if hours > 1000 * HOURS_PER_YEAR:
        raise UsageError(f"{what}: '{text}' is longer than any position", "Write a span up to 1000y.")
    return hours


def parse_time(text: str, what: str = "time") -> datetime:
    """An ISO 8601 time, UTC unless it says otherwise; a date alone is its midnight.

    >>> parse_time("2026-01-05T08:01Z").isoformat()
    '2026-01-05T08:01:00+00:00'
    """
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{what}: '{text}' is not a time", "Write it like 2026-01-05T08:00Z or 2026-01-05.") from None
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if not 2009 <= value.year <= 2199:
        raise UsageError(f"{what}: '{text}' is before bitcoin or too far ahead", "Write it like 2026-01-05T08:00Z.")
    return value


def parse_time_or_span(text: str, now: datetime, what: str = "--since") -> datetime:
    """A time, or how long ago: `30d` is now minus 30 days."""
    if re.match(_SPAN_PART, text.strip().lower()) and not re.match(r"\d{4}-?\d", text.strip()):
        return now - timedelta(seconds=float(parse_span(text, what) * 3600))
    return parse_time(text, what)


def parse_borrow(text: str, what: str = "--borrow-rate") -> Decimal:
    """A borrow rate as simple interest per year; `0.02%/d` and `0.001%/h` say another period.

    >>> parse_borrow("0.02%/d")
    Decimal('0.0730')
    """
    rate, _, period = text.strip().partition("/")
    value = parse_share(rate, what)
    per_year = {"": 1, "y": 1, "year": 1, "d": 365, "day": 365, "h": 8760, "hour": 8760}.get(period.strip().lower())
    if per_year is None:
        raise UsageError(f"{what}: '{text}' has an unknown period", "Write 7.3%, 0.02%/d or 0.001%/h.")
    if value < 0:
        raise UsageError(f"{what}: '{text}' is negative", "A borrow rate is zero or more.")
    return value * per_year


def to_ms(time: datetime) -> int:
    """Milliseconds since 1970 of a UTC time."""
    return round(time.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """The UTC time of milliseconds since 1970."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)


def scheduled_instant(stamp_ms: int) -> int:
    """The full hour nearest to a stamp.

    >>> scheduled_instant(8 * MS_PER_HOUR + 9), scheduled_instant(8 * MS_PER_HOUR - 110_000)
    (28800000, 28800000)
    """
    return (stamp_ms + MS_PER_HOUR // 2) // MS_PER_HOUR * MS_PER_HOUR
