"""How the answer of `stress` is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from fundcli.core.days import Day, moves
from fundcli.core.stress_answer import StressResult
from fundcli.render.answer import Cell, Column, Table
from fundcli.render.human import money, person_rate, plain_number


def tables(result: StressResult) -> Sequence[Table]:
    """The position and where it dies, every path, what is left after a leg was closed, and the days."""
    parts = [_facts(result), _paths(result)]
    if any(path.closed_leg for path in result.paths):
        parts.append(_closings(result))
    if result.days:
        parts += _days(result.days)
    return parts


def _facts(result: StressResult) -> Table:
    cur = result.currency
    entered: list[tuple[str, object]] = []
    if result.basis_open:
        entered.append(("basis at entry", Cell(result.basis_open, "percent")))
        if result.spot_price is not None:
            entered.append(("  spot entered at", Cell(result.spot_price, "price")))
    if result.basis_close is not None:
        entered.append(("basis at the end of a path", Cell(result.basis_close, "percent")))
    rows = entered + _death("perp liquidated at", result.perp_liquidation_price, result.perp_liquidation_move)
    if result.buffer:
        rows += _death(
            "with the buffer moved in",
            result.perp_liquidation_price_with_buffer,
            result.perp_liquidation_move_with_buffer,
        )
    if result.direction == "reverse":
        rows += _death("borrowed spot liquidated at", result.spot_liquidation_price, result.spot_liquidation_move)
    rows += [
        ("equity / initial margin", Cell(result.margin_ratio, "percent")),
        ("  floor", Cell(result.margin_floor, "percent")),
    ]
    if result.exchange_margin_ratio_is is not None:
        rows.append(
            (f"{result.exchange}: {result.exchange_margin_ratio_is}", Cell(result.exchange_margin_ratio, "percent"))
        )
    if result.funding_paid:
        rows.append(("funding charged to the margin", Cell(result.funding_paid, "money", cur)))
    rows += [
        ("maintenance margin", Cell(result.maintenance_margin, "money", cur)),
        ("  of notional", Cell(result.maintenance_rate, "percent")),
        ("  from", result.maintenance_source),
        ("closing fee", Cell(result.closing_fee_rate, "percent")),
        ("  from", result.closing_fee_source),
    ]
    extra = f", buffer {money(result.buffer)}" if result.buffer else ""
    spot = f", spot as collateral less {person_rate(result.haircut)}" if result.collateral == "spot" else ""
    what = f"{result.side} perp" if result.direction == "perp" else result.direction
    return Table(
        title=(
            f"{result.exchange} {result.symbol}  {what} of {money(result.notional)} {cur} at "
            f"{plain_number(result.leverage)}x, margin {money(result.margin)} {cur}{extra}{spot}"
        ),
        columns=[Column("fact", ""), Column("value", "")],
        rows=rows,
    )


def _death(name: str, price: Decimal | None, move: Decimal | None) -> list[tuple[str, object]]:
    if move is None:
        return [(name, "none")]
    if price is None:
        return [(name, Cell(move, "percent", "from entry"))]
    return [(name, Cell(price, "price")), ("  from entry", Cell(move, "percent"))]


def _move(move: Decimal) -> str:
    return f"{'+' if move > 0 else ''}{person_rate(move)}"


def _paths(result: StressResult) -> Table:
    has_spot = result.direction != "perp"
    columns = [Column("path", "price"), Column("perp_pnl", "perp", "number")]
    if has_spot:
        columns.append(Column("spot_pnl", "spot", "number"))
    columns += [
        Column("equity", "equity", "number"),
        Column("maintenance_margin", "maint.", "number"),
        Column("margin_ratio", "ratio", "percent"),
        Column("exchange_margin_ratio", "exch.", "percent"),
        Column("transfer", "transfer", "number"),
        Column("closed_leg", "dead"),
    ]
    rows = [
        (
            path.path,
            path.perp_pnl,
            *([path.spot_pnl] if has_spot else []),
            path.equity,
            path.maintenance_margin,
            path.margin_ratio,
            path.exchange_margin_ratio,
            path.transfer,
            path.closed_leg if path.liquidated else "",
        )
        for path in result.paths
    ]
    return Table(
        title=f"Price paths, {result.currency}; perp and spot as if nothing was closed",
        columns=columns,
        rows=rows,
    )


def _closings(result: StressResult) -> Table:
    has_spot = result.direction != "perp"
    other = {"perp": "spot", "spot": "perp"}
    there = "the entry price" if not result.final_move else f"{_move(result.final_move)} from entry"
    columns = [Column("path", "price"), Column("closed_leg", "closed"), Column("closed_by", "by")]
    columns.append(Column("closed_move", "at", "percent"))
    if has_spot:
        columns += [Column("unhedged_leg", "left"), Column("unhedged_pnl", "its way on", "money")]
    rows = [
        (
            path.path,
            path.closed_leg,
            path.closed_by,
            path.closed_move,
            *([other[path.closed_leg], path.unhedged_pnl] if has_spot else []),
            path.net,
        )
        for path in result.paths
        if path.closed_leg is not None
    ]
    title = f"Closed on the way; the leg that is left goes to {there}" if has_spot else "Closed on the way"
    return Table(title=title, columns=[*columns, Column("net", f"net {result.currency}", "money")], rows=rows)


def _days(days: Sequence[Day]) -> list[Table]:
    rows = []
    for day in days:
        known = {name: move for name, move, _ in moves(day)}
        ends = (known.get(name) for name in ("low", "high", "close"))
        rows.append((day.name, day.date, day.coin, *ends, day.funding_rate, day.approximate))
    said = [(day.name, " ".join(filter(None, (f"{day.source}.", day.note)))) for day in days]
    return [
        Table(
            title="Days: moves from the open, and the largest funding rate settled",
            columns=[
                Column("day", "day"), Column("date", "date"), Column("coin", "coin"), Column("low", "low", "percent"),
                Column("high", "high", "percent"), Column("close", "close", "percent"),
                Column("funding_rate", "funding", "rate"), Column("approximate", "rounded"),
            ],
            rows=rows,
        ),
        Table(columns=[Column("day", "day"), Column("source", "prices from")], rows=said),
    ]  # fmt: skip
