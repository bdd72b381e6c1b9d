"""fundcli explain: a funding rate taken apart into the parts of the exchange's formula."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcli.commands import formula_options as formula
from fundcli.commands import options
from fundcli.commands.explain_answers import Answers
from fundcli.commands.shared import Shared
from fundcli.core.explain import Explained, SweepRow
from fundcli.core.premium import Prices
from fundcli.core.symbols import unified
from fundcli.errors import UsageError
from fundcli.market.premiums import premium_given, premium_of_book, premium_of_prices, premium_of_samples
from fundcli.market.subject import Subject, subject
from fundcli.profiles.rules import Given
from fundcli.render.answer import Answer

if TYPE_CHECKING:
    from fundcli.core.explain import Premium


_SOURCES = ("premium", "premium_samples", "book", "live", "history_hours", "series")
# What means nothing alone → what it belongs to.
_BELONGS = {
    "points": "sweep", "chart": "sweep", "map": "series", "averaging": "premium_samples", "impact_notional": "book",
    "contract_size": "book",
}  # fmt: skip


def CONTENT(given: Mapping[str, Any]) -> type:
    """The type of the answer, which depends on what is asked."""
    asked = next((name for name in ("sweep", "history", "series") if given.get(name) is not None), None)
    return answer_type(asked)[0]


def answer_type(asked: str | None) -> tuple[type, bool]:
    """The type of the answer to an option (None: a rate taken apart), and whether it is a list."""
    if asked in (None, "sweep"):
        return (Explained, False) if asked is None else (SweepRow, True)
    from fundcli.core import rebuild

    return (rebuild.HistoryShares if asked == "history" else rebuild.Rebuilt), False


def run(
    shared: Shared,
    exchange: options.Exchange = None,
    symbol: options.Symbol = None,
    premium: formula.Premium = None,
    premium_samples: formula.Samples = None,
    bid: formula.Bid = None,
    ask: formula.Ask = None,
    mark: formula.Mark = None,
    index: formula.Index = None,
    book: formula.BookFile = None,
    live: formula.Live = False,
    history: formula.History = None,
    series: formula.Series = None,
    map: formula.Map = None,
    sweep: formula.Sweep = None,
    points: formula.Points = None,
    chart: formula.Chart = False,
    interval: options.Interval = None,
    interest: formula.Interest = None,
    band: formula.Band = None,
    cap: formula.Cap = None,
    floor: formula.Floor = None,
    divisor: formula.Divisor = None,
    imr: formula.Imr = None,
    mmr: formula.Mmr = None,
    at: formula.At = None,
    averaging: formula.Averaging = None,
    impact_notional: formula.Impact = None,
    contract_size: formula.ContractSize = None,
) -> Answer:
    """Take a funding rate apart: premium, interest, clamp, scaling, cap. A positive rate: long pays short.

    Without a premium it shows the rate at a premium of zero. The rule is the one that held at --at.

    \b
    fundcli explain --exchange binance --premium 0.03%
    fundcli explain -e okx --interval 4h --premium 0.1% --at 2026-01-01
    fundcli explain -e bybit --symbol ETH --live
    fundcli explain -e hyperliquid --sweep -0.2%..0.2% --chart
    """
    if chart and shared.output not in (None, "table"):
        raise UsageError("--chart draws for a screen", f"Drop --chart to have -o {shared.output}.")
    if chart:
        shared.output = "table"
    profile = shared.profile(exchange)
    now = shared.env.now()
    name = unified(symbol, profile.contracts.main)
    given = Given(interest=interest, band=band, divisor=divisor, cap=cap, floor=floor, initial=imr, maintenance=mmr)
    inputs = {
        "exchange": profile.id, "symbol": name, "premium": premium,
        "premium_samples": premium_samples and str(premium_samples), "bid": bid, "ask": ask, "mark": mark,
        "index": index, "book": book and str(book), "live": live, "history_hours": history,
        "series": series and str(series), "map": map, "sweep": sweep, "points": points, "chart": chart,
        "interval_hours": interval,
        "interest": interest, "band": band, "cap": cap, "floor": floor, "divisor": divisor, "imr": imr, "mmr": mmr,
        "at": at, "averaging": averaging, "impact_notional": impact_notional, "contract_size": contract_size,
    }  # fmt: skip
    _check(inputs)
    answer = Answers(shared, now, inputs)
    if history is not None:
        return answer.history(profile, symbol, now - timedelta(seconds=float(history * 3600)), given)
    if series is not None:
        return answer.series(profile, name, series, dict(pair.split("=", 1) for pair in map or ()), interval, given)
    if live:
        from fundcli.market.explain_live import live_subject

        found = live_subject(profile, symbol or name, given, shared.network, now, shared.strict, shared.progress,
                             with_premium=sweep is None)  # fmt: skip
        if sweep is not None:
            return answer.sweep(found.subject, sweep, points, chart, found.warnings)
        assert found.premium is not None
        return answer.one(found.subject, found.premium, found.published, found.warnings, found.unreported)
    about = subject(profile, name, at or now, interval, given)
    if sweep is not None:
        return answer.sweep(about, sweep, points, chart, [])
    return answer.one(about, _premium(about, premium, premium_samples, averaging, book, impact_notional, contract_size,
                                      bid, ask, mark, index))  # fmt: skip


def _premium(
    about: Subject, premium: Decimal | None, samples: Path | None, averaging: str | None, book: Path | None,
    impact: Decimal | None, size: Decimal | None, bid: Decimal | None, ask: Decimal | None, mark: Decimal | None,
    index: Decimal | None,
) -> Premium:  # fmt: skip
    from fundcli.core.explain import Premium

    if samples is not None:
        from fundcli.market.files import read_samples

        return premium_of_samples(about, read_samples(samples), averaging, str(samples))
    if book is not None:
        from fundcli.market.files import read_book

        source = f"the book in {book}, at one moment, in place of the interval's average"
        return premium_of_book(about, read_book(book), index, mark, impact, size or Decimal(1), source)
    if any(price is not None for price in (bid, ask, mark, index)):
        if index is None:
            raise UsageError("--index is missing", "A premium is measured against the index: add --index PRICE.")
        return premium_of_prices(about, Prices(bid=bid, ask=ask, mark=mark, index=index))
    if premium is not None:
        return premium_given(premium)
    return Premium(value=Decimal(0), basis="baseline", source="none given: zero")


def _check(asked: Mapping[str, Any]) -> None:
    """Refuse two sources of the premium at once, and an option that would be ignored."""
    given = {name for name, value in asked.items() if value is not None and value is not False}
    prices = given & {"bid", "ask", "mark", "index"}
    sources = [name for name in _SOURCES if name in given]
    if prices - ({"mark", "index"} if "book" in given else set()):
        sources.append(min(prices - {"index", "mark"}, default=min(prices)))
    if len(sources) > 1:
        names = " and ".join(_option(name) for name in sources)
        raise UsageError(f"{names} are different sources of the premium", "Give one of them.")
    for name, needed in _BELONGS.items():
        if name in given and needed not in given:
            option, other = _option(name), _option(needed)
            raise UsageError(f"{option} belongs to {other}", f"Add {other}, or drop {option}.")
    if "sweep" in given and set(sources) - {"live"}:
        raise UsageError("--sweep asks for every premium at once", "Drop the other source of the premium.")
    if "at" in given and given & {"live", "history_hours", "series"}:
        raise UsageError("--at belongs to a premium given by hand", "Live and past rates have times of their own.")
    if "interval_hours" in given and given & {"live", "history_hours"}:
        raise UsageError("--interval belongs to a premium given by hand", "The exchange says its own interval.")


def _option(name: str) -> str:
    """What an input is called on the command line; those in hours say so in JSON alone."""
    return f"--{name.removesuffix('_hours').replace('_', '-')}"
