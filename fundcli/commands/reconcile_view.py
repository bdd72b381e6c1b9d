"""How the answer of `reconcile` is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from fundcli.core.booked import Payment, Reconciled, Sum
from fundcli.render.answer import Column, Table

_QUIET = ("exact", "rounding", "implied")


def tables(result: Reconciled, every: bool) -> Sequence[Table]:
    """The payments that differ, or every one; then the totals by contract and the causes."""
    shown = [p for p in result.payments if every or p.cause not in _QUIET]
    several = len({p.symbol for p in result.payments}) > 1
    names = ("time", "symbol", "expected", "booked", "difference", "cause")
    kinds = {"time": "time", "expected": "money", "booked": "money", "difference": "money"}
    headings = {"time": "settlement (UTC)"}
    columns = [
        Column(name, headings.get(name, name), kinds.get(name, "text"))  # type: ignore[arg-type]
        for name in names
        if name != "symbol" or several
    ]
    count = len(result.payments)
    title = f"{result.exchange} {result.format}  {count} payment{'' if count == 1 else 's'}"
    if not several and result.payments:
        title += f" of {result.payments[0].symbol} in {result.payments[0].currency}"
    if not every:
        title += f", {len(shown) or 'none'} to look at"
    parts = []
    if shown or every:
        parts.append(
            Table(title=title, columns=columns, rows=[[_cell(p, column.name) for column in columns] for p in shown])
        )
    if shown:
        parts.append(
            Table(
                title="What was paid on, and what fits",
                columns=[
                    Column("time", "settlement (UTC)", "time"), *([Column("symbol", "symbol")] if several else []),
                    Column("line", "line", "number"), Column("size", "size", "number"), Column("rate", "rate", "rate"),
                    Column("price", "price", "price"), Column("note", "what fits"),
                ],
                rows=[
                    (p.time, *([_base(p.symbol)] if several else []), p.line, p.size, p.rate, p.price, p.note)
                    for p in shown
                ],
            )
        )  # fmt: skip
    parts.append(_totals(result, title if not (shown or every) else "By contract"))
    return parts


def _totals(result: Reconciled, title: str) -> Table:
    sums = [*result.contracts, *([result.totals] if len(result.contracts) > 1 else [])]
    return Table(
        title=title,
        columns=[
            Column("symbol", "contract"), Column("payments", "count", "number"), Column("booked", "booked", "money"),
            Column("expected", "expected", "money"), Column("difference", "difference", "money"),
            Column("causes", "causes"),
        ],
        rows=[
            (_base(o.symbol) if o.symbol else "all", o.payments, o.booked, o.expected, o.difference, _causes(o))
            for o in sums
        ],
    )  # fmt: skip


def _causes(one: Sum) -> str:
    return ", ".join(f"{count} {cause}" for cause, count in asdict(one.causes).items() if count)


def _cell(payment: Payment, name: str) -> object:
    return _base(payment.symbol) if name == "symbol" else getattr(payment, name)


def _base(symbol: str) -> str:
    """`BTC/USDT` of a linear contract, `BTC/USD:BTC` in full: short enough for a table."""
    pair, _, settle = symbol.partition(":")
    return pair if pair.endswith(f"/{settle}") else symbol
