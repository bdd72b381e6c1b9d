"""How a person reads a number: four significant digits, with its unit. The one place where numbers are rounded."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from fundcli.core.numbers import plain
from fundcli.render.answer import Cell, Kind
from fundcli.render.encode import number_text, time_text
from fundcli.render.safe import harmless

_FOUR = Context(prec=4, rounding=ROUND_HALF_EVEN)
_EIGHT = Context(prec=8, rounding=ROUND_HALF_EVEN)
_NONE = "–"
_MINUTE = "%Y-%m-%d %H:%M"
_TIMES = {"day": "%Y-%m-%d"}


def person(value: Any, kind: Kind, now: datetime) -> str:
    """A value for the screen."""
    if isinstance(value, Cell):
        return " ".join(filter(None, (person(value.value, value.kind, now), value.unit)))
    if value is None:
        return _NONE
    if isinstance(value, datetime):
        return _until(value, now) if kind == "until" else f"{value.astimezone(UTC):{_TIMES.get(kind, _MINUTE)}}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        value = Decimal(value)
    if isinstance(value, Decimal):
        return _decimal(value, kind)
    return harmless(str(value))


def _decimal(value: Decimal, kind: Kind) -> str:
    if kind in ("rate", "percent"):
        return _grouped(_FOUR.plus(value * 100)) + "%"
    if kind == "money":
        return money(value)
    if kind == "hours":
        return hours(value)
    if kind == "price":
        return _grouped(_EIGHT.plus(value))
    return _grouped(_FOUR.plus(value) if abs(value) < 10_000 else value.quantize(Decimal(1)))


def money(value: Decimal) -> str:
    """Cents from one unit up, four significant digits below."""
    if value == 0:
        return "0"
    if abs(value) >= 1:
        return f"{value.quantize(Decimal('0.01')):,f}".removesuffix(".00")
    return _grouped(_FOUR.plus(value))


def hours(value: Decimal) -> str:
    """`8h`, `30d`, `1d 12h`.

    >>> hours(Decimal(8)), hours(Decimal(720)), hours(Decimal(36))
    ('8h', '30d', '1d 12h')
    """
    days, rest = divmod(value, 24)
    if value < 48 and value != 24:
        days, rest = Decimal(0), value
        if value > 24:
            days, rest = Decimal(1), value - 24
    parts = ([f"{_grouped(days)}d"] if days else []) + ([f"{plain(_FOUR.plus(rest))}h"] if rest or not days else [])
    return " ".join(parts)


def _until(value: datetime, now: datetime) -> str:
    seconds = int((value - now).total_seconds())
    if seconds < 0:
        return f"{value.astimezone(UTC):{_MINUTE}}"
    minutes = seconds // 60
    return f"{minutes // 60}h {minutes % 60:02d}m" if minutes >= 60 else f"{minutes}m"


def _grouped(value: Decimal) -> str:
    whole, dot, part = plain(value).partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-') or 0):,}{dot}{part}"


def script(value: Any) -> str:
    """A value for a script: full precision, empty where there is none."""
    if isinstance(value, Cell):
        value = value.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, datetime):
        return time_text(value)
    return harmless(str(value))


def person_rate(value: Decimal) -> str:
    """A fraction in percent, four significant digits.

    >>> person_rate(Decimal("0.00012345"))
    '0.01234%'
    """
    return _decimal(value, "percent")


def price(value: Decimal) -> str:
    """A price with eight significant digits.

    >>> price(Decimal("97843.770"))
    '97,843.77'
    """
    return _decimal(value, "price")


def plain_number(value: Decimal) -> str:
    """A number with four significant digits.

    >>> plain_number(Decimal("1.5"))
    '1.5'
    """
    return _decimal(value, "number")


def counted(value: Decimal, what: str) -> str:
    """A number and what it counts.

    >>> counted(Decimal(1), "settlement"), counted(Decimal("1.5"), "settlement")
    ('1 settlement', '1.5 settlements')
    """
    return f"{plain_number(value)} {what}{'' if value == 1 else 's'}"
