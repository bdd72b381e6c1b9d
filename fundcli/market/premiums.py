"""Premiums, from whatever a person or an exchange gives: prices, an order book, samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from fundcli.core.explain import Premium, Step
from fundcli.core.formula import funding_rate_of_samples
from fundcli.core.premium import Prices, impact_price, impact_price_of_coins, premium_of, twap_weights, weights
from fundcli.errors import UsageError
from fundcli.market.subject import Subject, averaging_of, impact_notional, premium_kind

if TYPE_CHECKING:
    from fundcli.market.files import Book, Sample

_PREMIUM_FORMULAS = {
    "impact": "[max(0, bid − index) − max(0, index − ask)] / index",
    "impact_mid": "(bid + ask) / 2 / index − 1",
    "mid": "(bid + ask) / 2 / index − 1",
    "mark": "mark / index − 1",
    "impact_from_mark": "[max(0, bid − mark) − max(0, mark − ask)] / index + mark / index − 1",
}


def premium_given(value: Decimal) -> Premium:
    """A premium typed by hand."""
    return Premium(value=value, basis="given", source="given")


def premium_of_prices(found: Subject, prices: Prices, basis: str = "prices", source: str = "given") -> Premium:
    """The premium by the exchange's definition, of prices at one instant."""
    kind = premium_kind(found)
    value = premium_of(kind, prices)
    shown: tuple[str, ...] = ("mark", "index") if kind == "mark" else ("bid", "ask", "index")
    if kind == "impact_from_mark":
        shown = ("bid", "ask", "mark", "index")
    inputs = {name: price for name in shown if (price := getattr(prices, name)) is not None}
    step = Step(name="premium index", formula=_PREMIUM_FORMULAS[kind], inputs=inputs, value=value, source=source)
    estimated = basis == "book" and found.dated.rule.averaging != "none"
    return Premium(value=value, basis=basis, source=source, estimated=estimated, steps=(step,))


def premium_of_book(
    found: Subject, book: Book, index: Decimal | None, mark: Decimal | None, impact: Decimal | None, size: Decimal,
    source: str,
) -> Premium:  # fmt: skip
    """The premium of an order book: impact bid and ask at the exchange's impact notional, against the index.

    size: base coin (inverse: quote currency) per unit of the book's sizes.
    """
    index = index if index is not None else book.index
    mark = mark if mark is not None else book.mark
    if index is None:
        raise UsageError("the book carries no index price", "Add --index PRICE.")
    inverse = found.symbol.partition("/")[0] == found.symbol.rpartition(":")[2]
    bids = [(price, amount * size) for price, amount in book.bids]
    asks = [(price, amount * size) for price, amount in book.asks]
    kind = premium_kind(found)
    if kind in ("mid", "mark"):
        prices = Prices(bid=bids[0][0], ask=asks[0][0], mark=mark, index=index)
        return premium_of_prices(found, prices, "book", source)
    rule = found.dated.rule
    if impact is None and rule.impact is not None and rule.impact.coins is not None and not inverse:
        coins = Decimal(rule.impact.coins)
        bid, ask = impact_price_of_coins(bids, coins), impact_price_of_coins(asks, coins)
        inputs = {"impact size": coins}
    else:
        notional = impact if impact is not None else impact_notional(found)
        bid, ask = (impact_price(side, notional, inverse) for side in (bids, asks))
        inputs = {"impact notional": notional}
    premium = premium_of_prices(found, Prices(bid=bid, ask=ask, mark=mark, index=index), "book", source)
    steps = [
        Step(name=f"impact {name}", formula="average fill price", inputs=inputs, value=price, source=source)
        for name, price in (("bid", bid), ("ask", ask))
    ]
    return replace(premium, steps=(*steps, *premium.steps))


def premium_of_samples(
    found: Subject, samples: Sequence[Sample], averaging: str | None, source: str, end_ms: int | None = None,
    basis: str = "samples", estimated: bool = False,
) -> Premium:  # fmt: skip
    """The average of samples, weighed as the exchange weighs them, and the rate that follows sample by sample."""
    method = averaging_of(found, averaging)
    values = [sample.premium for sample in samples]
    if method == "none":
        values = values[-1:]
    weighing: Sequence[int | Decimal] = weights(method, len(values))
    if method == "twap":
        times = [sample.time_ms for sample in samples if sample.time_ms is not None]
        if times:
            last = times[-1] - times[-2] if len(times) > 1 else 1
            weighing = twap_weights(times, max(end_ms or 0, times[-1] + last))
    breakdown = funding_rate_of_samples(values, weighing, found.terms)
    formula = {"linear": "Σ k·P_k / Σ k", "simple": "Σ P_k / n", "twap": "Σ t_k·P_k / Σ t_k", "none": "P"}[method]
    step = Step(
        name="average premium", formula=formula, inputs={"samples": Decimal(len(values))}, value=breakdown.premium,
        source=source,
    )  # fmt: skip
    return Premium(
        value=breakdown.premium, basis=basis, source=source, estimated=estimated, steps=(step,), breakdown=breakdown,
        samples=len(values),
    )  # fmt: skip
