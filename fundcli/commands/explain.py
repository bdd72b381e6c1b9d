"""fundcli explain: a funding rate taken apart into the parts of the exchange's formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcli.commands import formula_options as formula
from fundcli.commands import options
from fundcli.commands.shared import Shared
from fundcli.core.explain import Explained, SweepRow
from fundcli.core.explain import sweep as swept
from fundcli.core.premium import Prices
from fundcli.core.rebuild import HistoryShares, Rebuilt
from fundcli.core.symbols import unified
from fundcli.errors import UsageError
from fundcli.market.explaining import explained, notices
from fundcli.market.premiums import premium_given, premium_of_book, premium_of_prices, premium_of_samples
from fundcli.market.subject import Subject, subject
from fundcli.profiles.rules import Given
from fundcli.render.answer import Answer

if TYPE_CHECKING:
    from fundcli.core.explain import Premium

SIGN = "long pays short"
# What asks for another answer than a rate taken apart → the type of that answer, and whether it is a list.
ANSWERS: dict[str | None, tuple[type, bool]] = {
    None: (Explained, False),
    "sweep": (SweepRow, True),
    "history": (HistoryShares, False),
    "series": (Rebuilt, False),
}


def CONTENT(given: Mapping[str, Any]) -> type:
    """The type of the answer, which depends on what is asked."""
    asked = next((name for name in ANSWERS if name is not None and given.get(name) is not None), None)
    return ANSWERS[asked][0]


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
    prices = any(price is not None for price in (bid, ask, mark)) or (index is not None and book is None)
    _one_source(premium=premium, premium_samples=premium_samples, bid=prices and book is None, book=book, live=live,
                history=history, series=series)  # fmt: skip
    _belong(sweep, points, chart, series, map, premium_samples, averaging, book, impact_notional, contract_size, live,
            history, at, interval)  # fmt: skip
    given = Given(interest=interest, band=band, divisor=divisor, cap=cap, floor=floor, initial=imr, maintenance=mmr)
    inputs = {
        "exchange": profile.id, "symbol": name, "premium": premium,
        "premium_samples": premium_samples and str(premium_samples), "bid": bid, "ask": ask, "mark": mark,
        "index": index, "book": book and str(book), "live": live, "history_hours": history,
        "series": series and str(series), "sweep": sweep, "points": points, "interval_hours": interval,
        "interest": interest, "band": band, "cap": cap, "floor": floor, "divisor": divisor, "imr": imr, "mmr": mmr,
        "at": at, "averaging": averaging, "impact_notional": impact_notional, "contract_size": contract_size,
    }  # fmt: skip
    answer = _Answers(shared, now, inputs)
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

        return premium_of_book(about, read_book(book), index, mark, impact, size or Decimal(1), str(book))
    if any(price is not None for price in (bid, ask, mark, index)):
        if index is None:
            raise UsageError("--index is missing", "A premium is measured against the index: add --index PRICE.")
        return premium_of_prices(about, Prices(bid=bid, ask=ask, mark=mark, index=index))
    if premium is not None:
        return premium_given(premium)
    return Premium(value=Decimal(0), basis="baseline", source="none given: zero")


class _Answers:
    """The answers of the four questions that `explain` takes."""

    def __init__(self, shared: Shared, now: datetime, inputs: Mapping[str, Any]) -> None:
        self.shared, self.now, self.inputs = shared, now, inputs

    def one(
        self, about: Subject, premium: Premium, published: Mapping[str, object] | None = None,
        warnings: Sequence[str] = (), unreported: Sequence[str] = (),
    ) -> Answer:  # fmt: skip
        """A rate taken apart."""
        result = explained(about, premium, published)
        reasons = list(unreported)
        if premium.basis == "baseline":
            reasons.append("no premium was given, it is taken as zero")
        if about.interval_basis == "profile":
            reasons.append("the interval is only the profile's")
        if premium.estimated:
            reasons.append("the premium is an estimate")
        return Answer(
            command="explain", as_of=self.now, inputs={**self.inputs, "symbol": about.symbol}, content=result,
            content_type=Explained, sign=SIGN, tables=lambda: _views().explained_tables(result),
            warnings=[*warnings, *notices(about, premium)], unreported=reasons,
        )  # fmt: skip

    def sweep(
        self, about: Subject, ends: Sequence[Decimal], points: int | None, chart: bool, warnings: Sequence[str]
    ) -> Answer:
        """The rate as a function of the premium."""
        rows = swept(ends[0], ends[-1], points or 41, about.terms)
        return Answer(
            command="explain-sweep", as_of=self.now, inputs={**self.inputs, "symbol": about.symbol}, content=rows,
            content_type=SweepRow, is_list=True, sign=SIGN,
            tables=lambda: _views().sweep_tables(about, rows, chart),
            warnings=[*warnings, *([about.dated.doubt] if about.dated.doubt else [])],
        )  # fmt: skip

    def history(self, profile: Any, symbol: str | None, since: datetime, given: Given) -> Answer:
        """Where settled rates lie."""
        from fundcli.market.explain_live import settled_shares

        result, warnings = settled_shares(
            profile, symbol or profile.contracts.main, since, self.now, given, self.shared.network, self.shared.progress
        )
        return Answer(
            command="explain-history", as_of=self.now, inputs={**self.inputs, "symbol": result.symbol}, content=result,
            content_type=HistoryShares, sign=SIGN, tables=lambda: _views().history_tables(result), warnings=warnings,
        )  # fmt: skip

    def series(
        self, profile: Any, symbol: str, file: Path, names: Mapping[str, str], interval: Decimal | None, given: Given
    ) -> Answer:
        """How closely a series is rebuilt."""
        from fundcli.market.rebuilding import rebuilt

        result, warnings = rebuilt(profile, symbol, file, names, interval, given)
        return Answer(
            command="explain-series", as_of=self.now, inputs=self.inputs, content=result, content_type=Rebuilt,
            sign=SIGN, tables=lambda: _views().series_tables(result), warnings=warnings,
            unreported=["premiums of one instant stand in for averages"] if result.estimated else [],
        )  # fmt: skip


def _views() -> Any:
    from fundcli.commands import explain_view

    return explain_view


def _one_source(**chosen: Any) -> None:
    names = [f"--{name.replace('_', '-')}" for name, value in chosen.items() if value not in (None, False)]
    if len(names) > 1:
        raise UsageError(f"{' and '.join(names)} are different sources of the premium", "Give one of them.")


def _belong(
    sweep: Any, points: Any, chart: bool, series: Any, map_: Any, samples: Any, averaging: Any, book: Any, impact: Any,
    size: Any, live: bool, history: Any, at: Any, interval: Any,
) -> None:  # fmt: skip
    """Refuse an option that would be ignored."""
    lonely = [
        (points is not None and sweep is None, "--points", "--sweep"),
        (chart and sweep is None, "--chart", "--sweep"),
        (map_ is not None and series is None, "--map", "--series"),
        (averaging is not None and samples is None, "--averaging", "--premium-samples"),
        (impact is not None and book is None, "--impact-notional", "--book"),
        (size is not None and book is None, "--contract-size", "--book"),
    ]
    for wrong, name, needed in lonely:
        if wrong:
            raise UsageError(f"{name} belongs to {needed}", f"Add {needed}, or drop {name}.")
    if sweep is not None and (samples or book or series or history):
        raise UsageError("--sweep asks for every premium at once", "Drop the other source of the premium.")
    if at is not None and (live or history or series):
        raise UsageError("--at belongs to a premium given by hand", "Live and past rates have times of their own.")
    if interval is not None and (live or history):
        raise UsageError("--interval belongs to a premium given by hand", "The exchange says its own interval.")
