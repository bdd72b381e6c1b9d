"""Exactness: one Decimal context and one ledger quantum for all of core."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# Wide enough that sums of ledger lines (up to 1e15 in steps of 1e-18) never round.
CONTEXT = Context(prec=50, rounding=ROUND_HALF_EVEN)
QUANTUM = Decimal(1).scaleb(-18)


def exact(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function of core in the wide context, whatever context the caller has."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(CONTEXT):
            return function(*args, **kwargs)

    return run


def ledger(value: Decimal) -> Decimal:
    """A ledger line: rounded once to 1e-18 of the currency, so that its sums with other lines are exact."""
    return value.quantize(QUANTUM, context=CONTEXT)


def plain(value: Decimal) -> str:
    """A Decimal in plain notation without idle zeros.

    >>> plain(Decimal("1E-7")), plain(Decimal("5.00")), plain(Decimal("-0.0"))
    ('0.0000001', '5', '0')
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
