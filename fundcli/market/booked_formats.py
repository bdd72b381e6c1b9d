"""The exports of funding payments that are known: their headers, and how a row of each is read.

Headers come from the exchanges' documents and from exports that others read; where each comes from stands beside it.
Every amount is turned so that positive is money received. Rows of other kinds (trades, fees, transfers) are None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from fundcli.core.columns import columns_of
from fundcli.core.units import parse_share
from fundcli.errors import DataError, UsageError, did_you_mean
from fundcli.market.booked_rows import Cell, Format, Row, day_last, utc, with_century
from fundcli.profiles.houses import BINANCE

# What `--map` names, and the names that are found without it.
MAPPED: Mapping[str, Sequence[str]] = {
    "time": ("time", "timestamp", "ts", "date"),
    "amount": ("amount", "income", "payment", "funding"),
    "symbol": ("symbol", "contract", "coin", "instid"),
    "size": ("size", "position", "szi"),
    "rate": ("rate", "fundingrate", "funding_rate"),
    "price": ("price", "mark", "mark_price", "markprice"),
    "samples": ("samples", "nsamples"),
    "currency": ("currency", "asset", "ccy"),
    "index": ("index", "index_price", "indexprice"),
    "last": ("last", "last_price", "lastprice"),
    "open": ("open", "open_price"),
}  # fmt: skip
_OTHER_PRICES = ("mark", "index", "last", "open")


def _binance_api(row: Row) -> Cell | None:
    """GET /fapi/v1/income as ccxt's binance.parse_income shows it."""
    if row.text("incometype") != "FUNDING_FEE":
        return None
    return Cell(
        time=row.text("time"), symbol=row.text("symbol"), amount=row.needed("income"), currency=row.text("asset")
    )


def _binance_csv(row: Row) -> Cell | None:
    """Futures transaction history: `Date(UTC),type,Amount,Asset,Symbol,Transaction ID`.

    Newer ones have `Time,Type,…`, in the zone that the name of the file has: `…(UTC+9).csv`.
    """
    if row.text("type").upper() != "FUNDING_FEE":
        return None
    return Cell(
        time=with_century(utc(row.text("date(utc)")) or row.text("time")), symbol=row.text("symbol"),
        amount=row.needed("amount"), currency=row.text("asset"),
    )  # fmt: skip


def _binance_wallet(row: Row) -> Cell | None:
    """Transaction records of the wallet: `User_ID,UTC_Time,Account,Operation,Coin,Change,Remark`; names no contract.

    Newer ones have `User ID,Time,…`, in the zone that the name of the file has.
    """
    if row.text("operation").lower() != "funding fee":
        return None
    return Cell(
        time=with_century(utc(row.text("utc_time")) or row.text("time")), symbol="", amount=row.needed("change"),
        currency=row.text("coin"),
    )  # fmt: skip


def _okx_api(row: Row) -> Cell | None:
    """GET /api/v5/account/bills: sz in contracts and never negative, px the mark price, pnl the payment."""
    if row.text("type") != "8":
        return None
    amount = next((a for n in ("pnl", "balchg", "posbalchg") if (a := row.number(n))), Decimal(0))
    kind = row.text("subtype")
    return Cell(
        time=row.text("ts"), symbol=row.text("instid"), amount=amount, currency=row.text("ccy"),
        size=row.number("sz"), price=row.number("px") or None, contracts=True,
        receives={"173": False, "174": True}.get(kind, amount > 0),
    )  # fmt: skip


def _okx_csv(row: Row) -> Cell | None:
    """Trading history of the web: `id,Order id,Time,Trade Type,Symbol,Action,Amount,…,PnL,…,Balance Unit`."""
    action = row.text("action").lower()
    if not action.startswith("funding fee"):
        return None
    amount = next((a for n in ("pnl", "balance change", "position change") if (a := row.number(n))), Decimal(0))
    return Cell(
        time=row.text("time"), symbol=row.text("symbol"), amount=amount, currency=row.text("balance unit"),
        size=row.number("amount") or None, price=row.number("filled price") or None, contracts=True,
        receives="income" in action if "income" in action or "expense" in action else amount > 0,
    )  # fmt: skip


def _bybit_api(row: Row) -> Cell | None:
    """GET /v5/account/transaction-log: the fee rate of a Sell is the market's with its sign turned.

    Positive funding is received in a unified account and deducted in a classic one; change = cashFlow +- funding - fee
    tells them apart.
    """
    if row.text("type") != "SETTLEMENT" or not row.text("funding"):
        return None
    funding, change = row.needed("funding"), row.number("change")
    if change is not None:
        received = change - (row.number("cashflow") or Decimal(0)) + (row.number("fee") or Decimal(0))
        funding = received if abs(received) == abs(funding) else funding
    short = row.text("side").lower() == "sell"
    rate, size = row.number("feerate"), row.number("size") or row.number("qty")
    return Cell(
        time=row.text("transactiontime"), symbol=row.text("symbol"), amount=funding, currency=row.text("currency"),
        size=None if size is None else -abs(size) if short else size,
        rate=None if rate is None else -rate if short else rate, price=row.number("tradeprice") or None, contracts=True,
    )  # fmt: skip


def _bybit_csv(row: Row) -> Cell | None:
    """Asset change details of the web: `Uid,Currency,Contract,Type,Direction,Quantity,Position,…,Funding,…,Change,…`.

    A classic account calls the row `funding` and writes what is deducted as positive; where the direction is not that
    of the position, whether it was received tells the side.
    """
    kind = row.text("type").upper()
    if kind not in ("SETTLEMENT", "FUNDING") or not row.text("funding"):
        return None
    funding, change, size = row.needed("funding"), row.number("change"), row.number("position") or None
    if change is not None and abs(change) == abs(funding):
        funding = change
    elif kind == "FUNDING":
        funding = -funding
    side = row.text("direction").upper()
    known = side in ("BUY", "SELL")
    return Cell(
        time=utc(row.text("time(utc)")) or row.text("time"), symbol=row.text("contract"), amount=funding,
        currency=row.text("currency"), size=None if size is None else -abs(size) if side == "SELL" else abs(size),
        price=row.number("filled price") or None, contracts=True, receives=None if known else funding > 0,
    )  # fmt: skip


def _bybit_trades(row: Row) -> Cell | None:
    """Trade history of derivatives of the web: `Market,Filled Type,Filled Quantity,Filled Price,…,Transaction Time(…)`.

    Its fee is positive where it is paid, so that a short's rate is the market's with its sign turned, as in the log.
    """
    if row.text("filled type").lower() != "funding":
        return None
    column = next((name for name in row.cells if name.startswith("transaction time")), "time")
    zone = re.search(r"utc([+-]\d{1,2}(?::\d\d)?)?", column)
    short = row.text("direction").lower() in ("short", "sell")
    rate, size = row.number("fee rate"), row.number("filled quantity") or None
    return Cell(
        time=day_last(row.text(column)), zone=f"UTC{zone[1] or '+0'}" if zone else "", symbol=row.text("market"),
        amount=-row.needed("trading fee"), currency=row.text("feecoin"),
        size=None if size is None else -abs(size) if short else abs(size),
        rate=None if rate is None else -rate if short else rate, price=row.number("filled price") or None,
        contracts=True,
    )  # fmt: skip


def _gate_api(row: Row) -> Cell | None:
    """GET /futures/{settle}/account_book: the contract stands in `text`, since 2023-10-30 in `contract` too."""
    if row.text("type") != "fund":
        return None
    named = re.search(r"[A-Z0-9]+_(?:USDT|USDC|USD)\b", row.text("contract") or row.text("text"))
    return Cell(time=row.text("time"), symbol=named[0] if named else "", amount=row.needed("change"))


def _hyperliquid_api(row: Row) -> Cell | None:
    """userFunding: `time`, and in `delta` coin, usdc, szi, fundingRate, nSamples."""
    return Cell(
        time=row.text("time"), symbol=row.text("coin"), amount=row.needed("usdc"), currency="USDC",
        size=row.needed("szi"), rate=row.needed("fundingrate"), samples=row.number("nsamples") or Decimal(1),
    )  # fmt: skip


def _hyperliquid_csv(row: Row) -> Cell | None:
    """Funding history of the web: `time,coin,sz,side,payment,rate`, its time as day/month/year."""
    size, side = row.needed("sz"), row.text("side").lower()
    if side not in ("long", "short"):
        raise UsageError(f"'{row.text('side')[:40]}' is no side", "It is Long or Short.")
    time = re.sub(r"\A(\d\d)/(\d\d)/(\d{4})", r"\3-\2-\1", row.text("time"))
    return Cell(
        time=time, symbol=row.text("coin"), amount=row.needed("payment"), currency="USDC",
        size=-abs(size) if side == "short" else size, rate=row.needed("rate"),
    )  # fmt: skip


FORMATS: dict[str, Format] = {
    "binance-api": Format(
        exchanges=BINANCE, header=("symbol", "incomeType", "income", "asset", "time"), read=_binance_api, digits=8
    ),
    "binance-csv": Format(
        exchanges=BINANCE, header=("Date(UTC)", "type", "Amount", "Asset", "Symbol"), read=_binance_csv, digits=8,
        others=(("Time", "Type", "Amount", "Asset", "Symbol", "Transaction ID"),),
    ),
    "binance-wallet": Format(
        exchanges=BINANCE, read=_binance_wallet, digits=8,
        header=("UTC_Time", "Account", "Operation", "Coin", "Change"),
        others=(("Time", "Account", "Operation", "Coin", "Change"),),
    ),
    "okx-api": Format(
        exchanges=("okx",), header=("instId", "type", "subType", "ccy", "ts", "pnl"), read=_okx_api, digits=8,
        has_size=True,
    ),
    "okx-csv": Format(
        exchanges=("okx",), read=_okx_csv, digits=8, has_size=True,
        header=("Time", "Trade Type", "Symbol", "Action", "Amount", "PnL", "Balance Unit"),
    ),
    "bybit-api": Format(
        exchanges=("bybit",), read=_bybit_api, digits=8, has_size=True,
        header=("symbol", "type", "side", "funding", "transactionTime", "currency"),
    ),
    "bybit-csv": Format(
        exchanges=("bybit",), read=_bybit_csv, digits=8, has_size=True,
        header=("Currency", "Contract", "Type", "Direction", "Position", "Funding"),
    ),
    "bybit-trades": Format(
        exchanges=("bybit",), read=_bybit_trades, digits=8, has_size=True,
        header=("Market", "Filled Type", "Filled Quantity", "Filled Price", "Fee Rate", "Trading Fee", "Direction"),
    ),
    "gate-api": Format(exchanges=("gate",), header=("time", "change", "type", "text"), read=_gate_api, digits=6),
    "hyperliquid-api": Format(
        exchanges=("hyperliquid",), header=("time", "coin", "usdc", "szi", "fundingRate"), read=_hyperliquid_api,
        digits=6, has_size=True,
    ),
    "hyperliquid-csv": Format(
        exchanges=("hyperliquid",), header=("time", "coin", "sz", "side", "payment", "rate"), read=_hyperliquid_csv,
        digits=6, has_size=True,
    ),
}  # fmt: skip
MAPPED_FORMAT = "mapped"


def mapped(file: object, header: Sequence[str], names: Mapping[str, str]) -> Format:
    """A format out of `--map`."""
    columns = {kind: column.lower() for kind, column in columns_of(header, names, MAPPED, file).items()}
    for needed in ("time", "amount"):
        if needed not in columns:
            raise DataError(
                f"{file} has no {needed} column among {', '.join(name[:40] for name in header[:12])}",
                f"Name it with --map {needed}=COLUMN.",
            )

    def read(row: Row) -> Cell:
        def number(kind: str) -> Decimal | None:
            return row.number(columns[kind]) if kind in columns else None

        def text(kind: str) -> str:
            return row.text(columns[kind]) if kind in columns else ""

        return Cell(
            time=text("time"), symbol=text("symbol"), amount=row.needed(columns["amount"]), currency=text("currency"),
            size=number("size"), rate=parse_share(text("rate"), "rate") if text("rate") else None,
            price=number("price") or None, samples=number("samples") or Decimal(1), contracts=True,
            prices={kind: value for kind in _OTHER_PRICES if (value := number(kind)) is not None and value > 0},
        )  # fmt: skip

    return Format(exchanges=(), header=(), read=read, digits=6, has_size="size" in columns)


def format_named(text: str) -> str:
    """`--format`."""
    word = text.strip().lower()
    if word not in FORMATS:
        hint = did_you_mean(word, FORMATS, f"It takes {', '.join(FORMATS)}.")
        raise UsageError(f"--format: there is no '{text}'", hint)
    return word
