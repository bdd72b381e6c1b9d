"""Parsers of option values: each turns text into a value or into one plain error that names the option."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from fundcli.core import units
from fundcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from fundcli.core.condition import Condition

T = TypeVar("T")


class Decimals(tuple[Decimal, ...]):
    """Several values typed as one, comma-separated. (Typer reads a plain tuple type as several words.)"""


class Words(tuple[str, ...]):
    """Several words typed as one, comma-separated."""


def spread(given: Sequence[T]) -> tuple[T, T, T, T]:
    """One value for all four legs, two for spot and perp, or one for each."""
    if len(given) == 4:
        return given[0], given[1], given[2], given[3]
    return given[0], given[-1], given[0], given[-1]


def words(option: str, choices: Sequence[str], counts: Sequence[int]) -> Callable[[str], Words]:
    """Words out of a few, comma-separated."""
    one = choice(option, choices)

    def parse(text: str) -> Words:
        parts = _parts(text, option)
        if len(parts) not in counts:
            raise UsageError(f"{option}: {len(parts)} values", f"It takes {' or '.join(map(str, counts))}.")
        return Words(one(part) for part in parts)

    return parse


def choice(option: str, choices: Sequence[str]) -> Callable[[str], str]:
    """One of a few words; a wrong one gets the nearest right one."""

    def parse(text: str) -> str:
        word = text.strip().lower()
        if word not in choices:
            hint = did_you_mean(word, choices, f"It takes {', '.join(choices)}.")
            raise UsageError(f"{option}: there is no '{text}'", hint)
        return word

    parse.__name__ = "word"
    return parse


def condition(text: str) -> Condition:
    """`--fail-if`."""
    from fundcli.core import condition as conditions

    return conditions.Condition.parse(text)


def url(option: str, schemes: Sequence[str]) -> Callable[[str], str]:
    """An absolute URL of a given scheme, without a final slash."""

    def parse(text: str) -> str:
        scheme, separator, rest = text.strip().partition("://")
        if not separator or scheme.lower() not in schemes or not rest.strip("/"):
            known = ", ".join(f"{known}://" for known in schemes)
            raise UsageError(
                f"{option}: '{_without_secret(text)}' is not a URL that it takes", f"Start it with {known}."
            )
        return text.strip().rstrip("/")

    return parse


def _without_secret(text: str) -> str:
    """A URL without its user and password."""
    head, at, tail = text.rpartition("@")
    scheme = head.partition("://")[0]
    return f"{scheme}://…@{tail}" if at and "://" in head else tail if at else text


def positive_span_seconds(text: str) -> Decimal:
    """A span in seconds; a bare number is seconds."""
    plain = text.strip()
    hours = units.parse_span(plain + "s" if plain.replace(".", "", 1).isdigit() else plain, "--timeout")
    return hours * 3600


def rate(option: str = "--rate") -> Callable[[str], Decimal]:
    """A funding rate."""
    return lambda text: units.parse_rate(text, option)


def rates(option: str) -> Callable[[str], Decimals]:
    """Funding rates, comma-separated."""
    return lambda text: Decimals(units.parse_rate(part, option) for part in _parts(text, option))


def fee(option: str) -> Callable[[str], Decimal]:
    """A fee or slippage."""
    return lambda text: units.parse_fee(text, option)


def fees(option: str, counts: Sequence[int]) -> Callable[[str], Decimals]:
    """One fee for all legs, or one for each, comma-separated."""

    def parse(text: str) -> Decimals:
        parts = _parts(text, option)
        if len(parts) not in counts:
            raise UsageError(f"{option}: {len(parts)} values", f"It takes {' or '.join(map(str, counts))}.")
        return Decimals(units.parse_fee(part, option) for part in parts)

    return parse


def share(option: str, least: str = "0", most: str | None = None) -> Callable[[str], Decimal]:
    """A fraction within bounds."""

    def parse(text: str) -> Decimal:
        value = units.parse_share(text, option)
        if value < Decimal(least) or (most is not None and value > Decimal(most)):
            bounds = f"at least {least}" + (f" and at most {most}" if most else "")
            raise UsageError(f"{option}: '{text}' is out of bounds", f"It takes {bounds}.")
        return value

    return parse


def signed_share(option: str) -> Callable[[str], Decimal]:
    """A fraction of either sign, taken as written."""
    return lambda text: units.parse_share(text, option)


def share_range(option: str) -> Callable[[str], Decimals]:
    """Two fractions with dots between, the lower one first: -0.2%..0.2%."""

    def parse(text: str) -> Decimals:
        low, dots, high = text.strip().partition("..")
        if not dots or not low or not high:
            raise UsageError(f"{option}: '{text}' is not a range", "Write it like -0.2%..0.2%.")
        ends = units.parse_share(low, option), units.parse_share(high.lstrip("."), option)
        if ends[0] > ends[1]:
            raise UsageError(f"{option}: its start does not lie below its end", "Write it like -0.2%..0.2%.")
        return Decimals(ends)

    return parse


def pairs(option: str) -> Callable[[str], Words]:
    """Names and what they are called, comma-separated: time=t,rate=r."""

    def parse(text: str) -> Words:
        parts = _parts(text, option)
        wrong = [part for part in parts if not all(part.partition("=")[::2])]
        if wrong:
            raise UsageError(
                f"{option}: '{wrong[0]}' is not a pair", "Write it like time=fundingTime,rate=fundingRate."
            )
        return Words(parts)

    return parse


def positive(option: str) -> Callable[[str], Decimal]:
    """Money or a number above zero."""

    def parse(text: str) -> Decimal:
        value = units.parse_money(text, option)
        if value <= 0:
            raise UsageError(f"{option}: '{text}' is not above zero", "Write a positive number.")
        return value

    return parse


def not_negative(option: str) -> Callable[[str], Decimal]:
    """Money of zero or more."""

    def parse(text: str) -> Decimal:
        value = units.parse_money(text, option)
        if value < 0:
            raise UsageError(f"{option}: '{text}' is negative", "Write zero or more.")
        return value

    return parse


def positives(option: str) -> Callable[[str], Decimals]:
    """Numbers above zero, comma-separated."""
    one = positive(option)
    return lambda text: Decimals(one(part) for part in _parts(text, option))


def sizes(option: str) -> Callable[[str], Decimals]:
    """Sizes above zero in ascending order: a list, or a range that is walked in steps of 1, 2, 5."""
    one = positive(option)

    def parse(text: str) -> Decimals:
        from fundcli.core.capacity import sizes_between

        low, dots, high = text.strip().partition("..")
        if not dots:
            return Decimals(sorted({one(part) for part in _parts(text, option)}))
        if not low or not high.strip("."):
            raise UsageError(f"{option}: '{text}' is not a range", "Write it like 10k..10m.")
        ends = one(low), one(high.lstrip("."))
        if ends[0] > ends[1]:
            raise UsageError(f"{option}: its start does not lie below its end", "Write it like 10k..10m.")
        return Decimals(sizes_between(*ends))

    return parse


def span(option: str) -> Callable[[str], Decimal]:
    """A span in hours."""
    return lambda text: units.parse_span(text, option)


def interval(option: str) -> Callable[[str], Decimal]:
    """The time between two settlements: a minute to a year."""

    def parse(text: str) -> Decimal:
        hours = units.parse_span(text, option)
        if not 1 <= hours * 60 <= 60 * units.HOURS_PER_YEAR:
            raise UsageError(f"{option}: no contract settles every {text.strip()}", "Write 1h, 4h or 8h, say.")
        return hours

    return parse


def time(option: str) -> Callable[[str], datetime]:
    """A UTC time."""
    return lambda text: units.parse_time(text, option)


def borrow(option: str) -> Callable[[str], Decimal]:
    """A borrow rate per year."""
    return lambda text: units.parse_borrow(text, option)


def _parts(text: str, option: str) -> list[str]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise UsageError(f"{option}: nothing in '{text}'", "Separate values with commas.")
    return parts
