"""fundcli hedge: how much of another contract hedges this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fundcli.commands import options, values
from fundcli.commands.hedge_live import ask, check
from fundcli.commands.hedge_options import (
    Asked,
    Counted,
    check_lot,
    currency_of,
    given_numbers,
    instrument_contract,
    terms_of,
)
from fundcli.commands.shared import Shared
from fundcli.core.hedge_answer import HedgeResult, Source, hedge
from fundcli.render.answer import Answer, Table
from fundcli.render.human import plain_number

if TYPE_CHECKING:
    from fundcli.market.hedging import Pair
    from fundcli.profiles import Profile

CONTENT = HedgeResult
IS_LIST = False
SIGN = "short instrument per 1 of long exposure"
Exposure = Annotated[
    str | None,
    typer.Option(
        "--exposure", metavar="SYMBOL", help="What is held, like ETH.", autocompletion=options.complete_symbols
    ),
]
Instrument = Annotated[
    str | None,
    typer.Option("--instrument", metavar="SYMBOL", help="What hedges it, like BTC.",
                 autocompletion=options.complete_symbols),
]  # fmt: skip
InstrumentExchange = Annotated[
    str | None,
    typer.Option("--instrument-exchange", metavar="ID", help="Where the instrument stands (the exposure's exchange).",
                 autocompletion=options.complete_exchanges),
]  # fmt: skip
Live = Annotated[
    bool, typer.Option("--live", help="Lot, contract and price of the exchange, and hours that the lake lacks.")
]
SigmaExposure = Annotated[
    Decimal | None,
    typer.Option("--sigma-exposure", metavar="SHARE", parser=values.signed_share("--sigma-exposure"),
                 help="Volatility of the exposure, typed: 4% or 0.04."),
]  # fmt: skip
SigmaInstrument = Annotated[
    Decimal | None,
    typer.Option("--sigma-instrument", metavar="SHARE", parser=values.signed_share("--sigma-instrument"),
                 help="Volatility of the instrument over the same time, typed."),
]  # fmt: skip
Correlation = Annotated[
    Decimal | None,
    typer.Option("--correlation", metavar="NUMBER", parser=values.signed_share("--correlation"),
                 help="Correlation of their returns, typed: -1 to 1."),
]  # fmt: skip
File = Annotated[
    Path | None, typer.Option("--file", metavar="FILE", help="A CSV of times and two columns of prices, not the lake.")
]
Map = Annotated[
    values.Words | None,
    typer.Option("--map", metavar="KIND=COLUMN,…", parser=values.pairs("--map"),
                 help="Columns of --file: time, exposure, instrument (by their names)."),
]  # fmt: skip
WindowSpan = Annotated[
    Decimal | None,
    typer.Option("--window", metavar="SPAN", parser=values.span("--window"), help="Time the ratio rests on (90d)."),
]
LongWindow = Annotated[
    Decimal | None,
    typer.Option("--long-window", metavar="SPAN", parser=values.span("--long-window"),
                 help="Time its correlation is held against (1y)."),
]  # fmt: skip
Frequency = Annotated[
    str | None,
    typer.Option("--frequency", metavar="SPAN", parser=values.choice("--frequency", ("1h", "4h", "8h", "1d")),
                 help="Step of the returns: 1h, 4h, 8h or 1d (1h)."),
]  # fmt: skip
HalfLife = Annotated[
    Decimal | None,
    typer.Option("--half-life", metavar="SPAN", parser=values.span("--half-life"),
                 help="A return this old weighs half of the newest (all weigh alike)."),
]  # fmt: skip
Confidence = Annotated[
    Decimal | None,
    typer.Option("--confidence", metavar="SHARE", parser=values.signed_share("--confidence"),
                 help="Of the interval around the ratio (95%)."),
]  # fmt: skip
DriftAbove = Annotated[
    Decimal | None,
    typer.Option("--drift", metavar="NUMBER", parser=values.share("--drift", "0", "2"),
                 help="Alarm where the correlation has changed by more (0.15)."),
]  # fmt: skip
Notional = Annotated[
    Decimal | None,
    typer.Option("--notional", "-n", metavar="MONEY", parser=values.positive("--notional"),
                 help="Size of the exposure in money (10k)."),
]  # fmt: skip
Price = Annotated[
    Decimal | None,
    typer.Option("--price", metavar="PRICE", parser=values.positive("--price"),
                 help="Price of the instrument (live; else its last one in the data)."),
]  # fmt: skip
Lot = Annotated[
    Decimal | None,
    typer.Option("--lot", metavar="NUMBER", parser=values.positive("--lot"),
                 help="Least step of a quantity: coins; contracts with --contract-size, or live."),
]  # fmt: skip
ContractSize = Annotated[
    str | None,
    typer.Option("--contract-size", metavar="SIZE", help="Coins of one contract, like 0.01; of an inverse one 100usd."),
]


def run(
    shared: Shared,
    exposure: Exposure = None,
    instrument: Instrument = None,
    exchange: options.Exchange = None,
    instrument_exchange: InstrumentExchange = None,
    live: Live = False,
    sigma_exposure: SigmaExposure = None,
    sigma_instrument: SigmaInstrument = None,
    correlation: Correlation = None,
    file: File = None,
    map: Map = None,
    window: WindowSpan = None,
    long_window: LongWindow = None,
    frequency: Frequency = None,
    half_life: HalfLife = None,
    confidence: Confidence = None,
    drift: DriftAbove = None,
    notional: Notional = None,
    price: Price = None,
    lot: Lot = None,
    contract_size: ContractSize = None,
) -> Answer:
    """How much of an instrument takes most of the variance out of an exposure: ratio, error, lots, drift.

    Ratio = correlation x volatility of the exposure / volatility of the instrument. Prices are the lake's hourly marks
    (`fundcli history sync --with prices`), or a file's; hours that one of them lacks are left out, never filled. With
    --live the exchange says what an order counts in, its least step and the price, and the hours of a contract of which
    the lake has none.

    \b
    fundcli hedge --exposure ETH --instrument BTC --notional 50k --live
    fundcli hedge --exposure ETH --instrument BTC --instrument-exchange okx --live
    fundcli hedge --sigma-exposure 4% --sigma-instrument 3% --correlation 0.86
    fundcli hedge --file prices.csv --map exposure=eth,instrument=btc --frequency 1d
    fundcli hedge -e okx --exposure ETH --instrument BTC --half-life 30d --fail-if 'drift.alarm == true'
    """
    asked = Asked(
        sigma_exposure=sigma_exposure, sigma_instrument=sigma_instrument, correlation=correlation, file=file,
        names=None if map is None else dict(pair.split("=", 1) for pair in map),
        window=window, long_window=long_window, frequency=frequency, half_life=half_life, confidence=confidence,
        drift=drift,
    )  # fmt: skip
    source: Source = asked.source(exposure, instrument)
    contract = instrument_contract(contract_size)
    typed = Counted(price=price, price_basis=None if price is None else "given", lot=lot, contract=contract)
    if live:
        check(typed, instrument, source)
    own = shared.profile(exchange) if source == "lake" or exchange is not None else None
    other = own if instrument_exchange is None else shared.profile(instrument_exchange)
    if live and other is None:
        other = shared.profile(None)
    names = exposure or "exposure", instrument or "instrument"
    now = shared.env.now()
    counted = typed
    warnings: list[str] = []
    broken: Sequence[str] = ()
    if source == "given":
        found = given_numbers(asked)
    else:
        from fundcli.market.hedging import estimated

        terms = terms_of(asked)
        pair = _pair(shared, (own, other), asked, names, terms.long_hours, live)
        found, warnings = estimated(pair, terms)
        names, broken = (pair.exposure, pair.instrument), pair.problems
        source = "exchange" if pair.asked else source
        if price is None and not live:
            counted = replace(typed, price=pair.last_price, price_basis="last")
    if live and other is not None:
        symbol, counted, said = ask(shared, other, names[1], typed)
        names, warnings = (names[0], symbol), [*warnings, *said]
    else:
        check_lot(names[1], counted.price, lot, counted.contract)
    money = notional or options.DEFAULT_NOTIONAL
    result = hedge(
        *names, found, money, source=source, exchange=None if own is None else own.id,
        instrument_exchange=None if other is None else other.id, currency=currency_of(names[1]), price=counted.price,
        price_basis=counted.price_basis, lot=counted.lot, contract=counted.contract,
        lot_basis=counted.lot_basis, lot_source=counted.lot_source, least=counted.least,
    )  # fmt: skip
    if result.below_least and result.least is not None:
        warnings.append(
            f"the hedge is below the smallest order of {result.instrument}: {plain_number(result.least)} "
            f"{result.lot_unit}"
        )
    inputs: dict[str, Any] = {
        "exposure": result.exposure, "instrument": result.instrument, "exchange": result.exchange,
        "instrument_exchange": result.instrument_exchange, "live": live,
        "sigma_exposure": sigma_exposure, "sigma_instrument": sigma_instrument, "correlation": correlation,
        "file": file and str(file), "map": map, "window_hours": result.window.hours,
        "long_window_hours": result.window.long_hours, "frequency_hours": result.window.frequency_hours,
        "half_life_hours": half_life, "confidence": result.confidence, "drift": result.drift.threshold,
        "notional": money, "price": counted.price, "lot": lot, "contract_size": contract_size, "as_of": shared.as_of,
    }  # fmt: skip
    return Answer(
        command="hedge", as_of=now, inputs=inputs, content=result, content_type=CONTENT, sign=SIGN,
        tables=lambda: _tables(result), warnings=warnings, broken=broken,
    )  # fmt: skip


def _pair(
    shared: Shared, profiles: tuple[Profile | None, Profile | None], asked: Asked, names: tuple[str, str],
    hours: Decimal, live: bool,
) -> Pair:  # fmt: skip
    own, other = profiles
    if asked.file is not None or own is None or other is None:
        from fundcli.market.hedging import file_pair

        assert asked.file is not None
        return file_pair(asked.file, asked.names or {}, *names, shared.as_of)
    from fundcli.market.hedge_lake import Leg, lake_pair

    legs = Leg(own, names[0]), Leg(other, names[1])
    if not live:
        return lake_pair(shared.store, legs, shared.env.now(), hours)
    shared.progress.begin(" and ".join(dict.fromkeys((own.id, other.id))))
    try:
        return lake_pair(shared.store, legs, shared.env.now(), hours, shared.network)
    finally:
        shared.progress.end()


def _tables(result: HedgeResult) -> Sequence[Table]:
    from fundcli.commands.hedge_view import tables

    return tables(result)
