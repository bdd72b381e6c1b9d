"""How the answer of `hedge` is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fundcli.commands.hedge_options import DEFAULT_DRIFT
from fundcli.core.hedge_answer import HedgeResult
from fundcli.render.answer import Cell, Column, Table
from fundcli.render.human import hours, person_rate, plain_number

_LOTS = {"given": "as given", "whole contracts": "none given: whole contracts"}
_FACTS = [Column("fact", ""), Column("value", "")]


def tables(result: HedgeResult) -> Sequence[Table]:
    """The ratio with its error, then what to trade, then what it all rests on."""
    found = [_ratio(result), _position(result)]
    if result.source != "given":
        found.append(_basis(result))
    return found


def _ratio(result: HedgeResult) -> Table:
    spread = result.volatilities
    rows: list[tuple[str, Any]] = [
        ("hedge ratio", Cell(result.ratio, "number")),
        ("the other way round", Cell(result.reverse_ratio, "number")),
        ("correlation", Cell(result.correlation, "number")),
        ("effectiveness, share of variance gone", Cell(result.effectiveness, "percent")),
    ]
    if result.confidence is not None:
        share, lags = person_rate(result.confidence), result.newey_west.lags
        rows[1:1] = [
            (f"at least, {share}, Student's t", Cell(result.ratio_low, "number")),
            (f"at most, {share}, Student's t", Cell(result.ratio_high, "number")),
            (f"at least, Newey-West, {lags} lags", Cell(result.newey_west.low, "number")),
            (f"at most, Newey-West, {lags} lags", Cell(result.newey_west.high, "number")),
        ]
    per = "" if result.window.frequency_hours is None else f", {hours(result.window.frequency_hours)}"
    rows += [
        (f"volatility of the exposure{per}", Cell(spread.exposure, "percent")),
        (f"volatility of the instrument{per}", Cell(spread.instrument, "percent")),
    ]
    if spread.exposure_year is not None:
        rows += [
            ("volatility of the exposure, a year", Cell(spread.exposure_year, "percent")),
            ("volatility of the instrument, a year", Cell(spread.instrument_year, "percent")),
        ]
    return Table(columns=_FACTS, rows=rows, title=_title(result))


def _title(result: HedgeResult) -> str:
    where = f" on {result.exchange}" if result.exchange else ""
    if result.instrument_exchange != result.exchange:
        head = f"{result.instrument} on {result.instrument_exchange}\nhedges {result.exposure}{where}"
        where = ""
    else:
        head = f"{result.instrument} hedges {result.exposure}{where}"
    if result.side == "none":
        return f"{result.sentence}{where}"
    per = plain_number(abs(result.ratio))
    return (
        f"{head}\n{result.side} {per} {result.currency} of {result.instrument}\n"
        f"per 1 {result.currency} of long {result.exposure}"
    )


def _position(result: HedgeResult) -> Table:
    money = result.currency
    base, _, rest = result.instrument.partition("/")
    coins = base if rest else "coins"
    unit = coins if result.contracts is None else "contracts"
    rows: list[tuple[str, Any]] = [
        ("exposure, long", Cell(result.notional, "money", money)),
        (f"hedge, {result.side}", Cell(result.hedge_notional, "money", money)),
    ]
    if result.price is not None:
        rows.append((f"price of the instrument, {result.price_basis}", Cell(result.price, "price")))
    if result.quantity_exact is not None:
        name = "quantity" if result.lots is None else "quantity before rounding"
        rows.append((name, Cell(result.quantity_exact, "number", coins)))
    if result.lots is None:
        rows.append(("lot", "not known: nothing is rounded"))
    elif result.lot is not None:
        rows += [
            (f"lots of {plain_number(result.lot)} {unit}", Cell(result.lots, "number")),
            ("lot from", result.lot_source or _LOTS[result.lot_basis or "given"]),
            *([("contracts", Cell(result.contracts, "number"))] if result.contracts is not None else []),
            *([("quantity", Cell(result.quantity, "number", coins))] if result.quantity is not None else []),
            *([("smallest order", Cell(result.least, "number", unit))] if result.least else []),
            ("hedge after rounding", Cell(result.rounded_notional, "money", money)),
            ("residual, not hedged", Cell(result.residual, "money", money)),
            ("effectiveness after rounding", Cell(result.effectiveness_rounded, "percent")),
            ("effectiveness lost by rounding", Cell(result.rounding_cost, "percent")),
        ]
    return Table(columns=_FACTS, rows=rows)


def _basis(result: HedgeResult) -> Table:
    window, drift = result.window, result.drift
    span = [None if value is None else hours(value) for value in (window.hours, window.long_hours)]
    rows: list[tuple[str, Any]] = [
        (f"correlation over {span[0]}", Cell(drift.short, "number")),
        (f"correlation over {span[1]}", Cell(drift.long, "number")),
        ("change", Cell(drift.change, "number")),
        (f"drift alarm, above {plain_number(drift.threshold or DEFAULT_DRIFT)}", drift.alarm),
        ("returns", f"{result.returns} of {window.expected_returns}"),
        ("returns of equal weight", Cell(result.effective_returns, "number")),
        ("half-life", "none" if window.half_life_hours is None else Cell(window.half_life_hours, "hours")),
        ("first price of both", Cell(window.first, "time")),
        ("last price of both", Cell(window.last, "time")),
        ("prices of both", Cell(window.common, "number")),
        ("prices of one only, dropped", Cell(window.dropped, "number")),
        ("gaps", f"{window.gaps}, {window.missing} prices missing"),
        ("prices from", result.source),
    ]
    return Table(columns=_FACTS, rows=rows)
