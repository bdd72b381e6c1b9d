"""The premium index: how far the perpetual stands from the price it follows, as an exchange measures it.

Every premium is a fraction of the reference price (index, oracle or spot); positive: the perpetual is dearer, longs
will pay. An exchange samples it every few seconds or minutes and averages the samples over the funding interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from fundcli.core.numbers import exact
from fundcli.errors import DataError, UsageError

PremiumKind = Literal["impact", "impact_mid", "mid", "mark", "impact_from_mark"]
Averaging = Literal["simple", "linear", "twap", "none"]


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What a premium is measured from: impact (or best) bid and ask, mark, and the reference price."""

    index: Decimal
    bid: Decimal | None = None
    ask: Decimal | None = None
    mark: Decimal | None = None


@exact
def premium_index(bid: Decimal, ask: Decimal, index: Decimal) -> Decimal:
    """[max(0, impact bid - index) - max(0, index - impact ask)] / index; 0 while the index lies between the two.

    bid, ask: average fill prices of the impact notional; index: index or oracle price, all in quote currency.
    Hyperliquid's docs: 10,100 and 10,101 against 10,000 is 1 %.

    >>> premium_index(Decimal(10100), Decimal(10101), Decimal(10000))
    Decimal('0.01')
    """
    return (max(Decimal(0), bid - index) - max(Decimal(0), index - ask)) / index


@exact
def premium_mid(mid: Decimal, index: Decimal) -> Decimal:
    """mid / index - 1, with the mid or the mark price of the perpetual.

    >>> premium_mid(Decimal("10005"), Decimal(10000))
    Decimal('0.0005')
    """
    return mid / index - 1


@exact
def premium_from_mark(bid: Decimal, ask: Decimal, mark: Decimal, index: Decimal) -> Decimal:
    """[max(0, impact bid - mark) - max(0, mark - impact ask)] / spot + fair basis (BitMEX, WEEX).

    The fair basis is what the mark already stands above the index: mark / index - 1. With an impact bid above the
    mark the two add up to impact bid / index - 1:

    >>> premium_from_mark(Decimal(102), Decimal(103), Decimal(101), Decimal(100))
    Decimal('0.02')
    """
    return (max(Decimal(0), bid - mark) - max(Decimal(0), mark - ask)) / index + mark / index - 1


@exact
def fair_basis(index: Decimal, rate: Decimal, seconds_left: Decimal, interval_seconds: Decimal) -> Decimal:
    """How far a mark price stands above the index until the rate is paid: index x F x time left / interval (BitMEX).

    In quote currency. 97,843.77 at 0.011 % with 16,001 s of 8 h left: 5.98.

    >>> fair_basis(Decimal("97843.77"), Decimal("0.00011"), Decimal(16001), Decimal(28800)).quantize(Decimal("0.01"))
    Decimal('5.98')
    """
    return index * rate * seconds_left / interval_seconds


def premium_of(kind: PremiumKind, prices: Prices) -> Decimal:
    """The premium by an exchange's definition; refuses with the names of the prices that are missing."""
    needs = {"impact": ("bid", "ask"), "impact_mid": ("bid", "ask"), "mid": ("bid", "ask"), "mark": ("mark",)}
    missing = [name for name in needs.get(kind, ("bid", "ask", "mark")) if getattr(prices, name) is None]
    if missing:
        raise UsageError(
            f"this exchange's premium needs {' and '.join(f'--{name}' for name in missing)}",
            f"Give {', '.join(f'--{name}' for name in missing)}, or the premium itself with --premium.",
        )
    bid, ask, mark = prices.bid or Decimal(0), prices.ask or Decimal(0), prices.mark or Decimal(0)
    if kind == "mark":
        return premium_mid(mark, prices.index)
    if bid > ask:
        raise UsageError(f"--bid {bid} lies above --ask {ask}", "Check the two prices.")
    if kind == "impact":
        return premium_index(bid, ask, prices.index)
    if kind == "impact_from_mark":
        return premium_from_mark(bid, ask, mark, prices.index)
    return premium_mid((bid + ask) / 2, prices.index)


@exact
def impact_price(levels: Sequence[tuple[Decimal, Decimal]], notional: Decimal, inverse: bool = False) -> Decimal:
    """The average fill price of an order of `notional` against one side of the book, best level first.

    levels: (price, size), size in base coin, or in quote currency where `inverse`. Exchanges write it as
    notional / [(notional - sum of p q above) / p of the last level + sum of q above].

    1 coin at 100, then 2 at 99: 199 of quote currency buy 2 coins at 99.5 on average.

    >>> impact_price([(Decimal(100), Decimal(1)), (Decimal(99), Decimal(2))], Decimal(199))
    Decimal('99.5')
    """
    left, coins = notional, Decimal(0)
    for price, size in levels:
        value = size if inverse else price * size
        taken = min(left, value)
        coins += taken / price
        left -= taken
        if not left:
            return notional / coins
    raise DataError(
        f"the book holds {notional - left:.2f} of the impact notional {notional:f}",
        "Fetch more levels, or give a smaller --impact-notional.",
    )


@exact
def impact_price_of_coins(levels: Sequence[tuple[Decimal, Decimal]], coins: Decimal) -> Decimal:
    """The average fill price of an order of so many coins, where the exchange measures its impact in coin (Kraken).

    >>> impact_price_of_coins([(Decimal(100), Decimal(1)), (Decimal(99), Decimal(2))], Decimal(2))
    Decimal('99.5')
    """
    left, paid = coins, Decimal(0)
    for price, size in levels:
        taken = min(left, size)
        paid += taken * price
        left -= taken
        if not left:
            return paid / coins
    raise DataError(f"the book holds {coins - left:f} of the impact size {coins:f}", "Fetch more levels.")


@exact
def impact_margin_notional(unit_notional: Decimal, initial_margin_rate: Decimal) -> Decimal:
    """Impact notional = unit / initial margin rate at the highest leverage. 200 USDT at 125x: 25,000 (Binance).

    >>> impact_margin_notional(Decimal(200), Decimal("0.008"))
    Decimal('2.5E+4')
    """
    return unit_notional / initial_margin_rate


def weights(averaging: Averaging, count: int) -> list[int]:
    """What each of `count` samples weighs, oldest first: k for linear averaging, 1 for the others.

    >>> weights("linear", 3), weights("simple", 3)
    ([1, 2, 3], [1, 1, 1])
    """
    return list(range(1, count + 1)) if averaging == "linear" else [1] * count


@exact
def weighted_mean(samples: Sequence[Decimal], weighing: Sequence[int | Decimal]) -> Decimal:
    """sum of w x / sum of w.

    >>> weighted_mean([Decimal(3), Decimal(3), Decimal(1)], weights("linear", 3))
    Decimal('2')
    """
    total = sum((w * x for w, x in zip(weighing, samples, strict=True)), Decimal(0))
    return total / sum(weighing)


@exact
def linear_last_sample_weight(samples: int) -> Decimal:
    """The share of the newest of n samples in a linear average: n / (1 + 2 + … + n) = 2 / (n + 1)."""
    return Decimal(2) / (samples + 1)


@exact
def twap_weights(times_ms: Sequence[int], end_ms: int) -> list[Decimal]:
    """How long each sample was the newest one, in milliseconds: the weights of a time-weighted average.

    >>> twap_weights([0, 1000, 4000], 5000)
    [Decimal('1000'), Decimal('3000'), Decimal('1000')]
    """
    ends = [*times_ms[1:], end_ms]
    return [Decimal(end - start) for start, end in zip(times_ms, ends, strict=True)]
