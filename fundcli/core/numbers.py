"""Exactness: one Decimal context and one ledger quantum for all of core."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, localcontext
from functools import wraps
from typing import ParamSpec, TypeVar

from fundcli.errors import UsageError

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
    """A ledger line: rounded once to 1e-18 of the currency, so that its sums with other lines are exact.

    Refuses an amount of more digits than are counted exactly: no market has it, a slip in a price or a leverage does.
    """
    try:
        return value.quantize(QUANTUM, context=CONTEXT)
    except InvalidOperation:
        raise UsageError(
            f"an amount of {value:.3e} is beyond any market", "Check sizes, prices and leverage for a slip."
        ) from None


def plain(value: Decimal) -> str:
    """A Decimal in plain notation without idle zeros.

    >>> plain(Decimal("1E-7")), plain(Decimal("5.00")), plain(Decimal("-0.0"))
    ('0.0000001', '5', '0')
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
