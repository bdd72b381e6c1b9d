"""How ccxt is asked for the spot side of each exchange: for its spot list alone, and for a book as deep as is cheap.

ccxt's own market list brings contracts and options along, and on some exchanges costs a second request that a price
does not need. Levels are what the exchange documents, or ccxt 4.5.90 says of it; ccxt sorts the sides.

- Binance's list without `showPermissionSets` is a fifth of its 15 MB. Of 5,000 levels at most 1,000 cost a fifth.
- OKX gives 400 levels, Bybit 200 (contracts: 500), WEEX 15 or 200, BingX 1,000, Lighter 250 orders, Hyperliquid 20.
- Gate lists its margin pairs apart; what is lent there says nothing of trading, but ccxt takes it for active. 1,000.
- HTX gives 150 levels where none are asked for (step0). Bitget gives 150 at most.
- Bitfinex: of raw orders (ccxt's way) there are 100, of price levels (P0) 250.
- KuCoin: 20 or 100 levels without a key; fees of the tickers are a request more. ccxt has spot under `kucoin`.
- Kraken: 500 levels, each with its time; one request a second. ccxt has spot under `kraken` and calls XBT BTC.
- Phemex: spot stands in the product list; whole numbers, x 10^priceScale and x 10^(the base's) valueScale.
- Hyperliquid: tokens of a bridge are traded as UBTC, UETH, …, which ccxt calls BTC, ETH. Others may have taken such a
  name for a token of their own: the bridge's goes before it.
- Lighter: ccxt takes every market to be quoted in USDC; those that are not are left out. A row is an order.
- Deribit's sizes are coins. Backpack's list has tokenised stocks without a book, which are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fundcli.exchanges.client import Client
from fundcli.exchanges.rows import rows_at

_PHEMEX_ROWS = ("result", "book", "bids"), ("result", "book", "asks")

Entries = Sequence[Mapping[str, Any]]


def _list(client: Client, *, method: str = "fetch_markets", of: str | None = "spot", **asked: Any) -> Entries:
    """ccxt's own market list, of this type where ccxt has types."""
    if of is not None:
        client.ccxt.options = {**client.ccxt.options, "fetchMarkets": {"types": [of]}}
    entries: Entries = client.call(getattr(client.ccxt, method), asked)
    return entries


def _symbols(client: Client, *, of: str) -> Entries:
    """ccxt's entries of the symbols in one endpoint's answer."""
    rows = rows_at(client, client.call(getattr(client.ccxt, of)), "symbols")
    entries: Entries = client.call(client.ccxt.parse_markets, rows)
    return entries


def _gate(client: Client) -> Entries:
    client.ccxt.publicMarginGetCurrencyPairs = lambda params: []
    return _list(client)


def _bitget(client: Client) -> Entries:
    client.ccxt.publicMarginGetV2MarginCurrencies = lambda params: {"data": []}
    return _list(client)


def _bitfinex(client: Client) -> Entries:
    whole = client.ccxt.publicGetConfConfig
    client.ccxt.publicGetConfConfig = lambda params: [*whole({"config": "pub:info:pair"})[:1], [], [], []]
    return _list(client)


def _htx(client: Client) -> Entries:
    entries: Entries = client.call(client.ccxt.fetch_markets_by_type_and_sub_type, "spot", None)
    return entries


def _phemex(client: Client) -> Entries:
    answer = client.call(client.ccxt.v2GetPublicProducts)
    products = [row for row in rows_at(client, answer, "data", "products") if str(row.get("type")).lower() == "spot"]
    scales = {row.get("currency"): row.get("valueScale") for row in rows_at(client, answer, "data", "currencies")}
    scaled = [{**row, "valueScale": scales.get(row.get("baseCurrency"))} for row in products]
    return [entry for row in scaled if (entry := client.ccxt.parse_spot_market(row)) and row["valueScale"] is not None]


def _hyperliquid(client: Client) -> Entries:
    bridged = client.ccxt.options["spotCurrencyMapping"]
    return sorted(_list(client), key=lambda entry: entry["baseName"] not in bridged)


def _lighter(client: Client) -> Entries:
    return [e for e in _list(client) if e["spot"] and str(e["info"].get("symbol")).endswith(f"/{e['quote']}")]


@dataclass(frozen=True)
class Spots:
    """The spot list of an exchange, and the most levels worth asking for (None: the exchange decides).

    first: as many as are asked for first where many books are read and each costs by its levels, None for all; asked:
    parameters beside them; pace_ms: the exchange's pace in milliseconds where it is not ccxt's; kept: what of an entry
    ccxt needs again; rows: where an answer has its levels, if ccxt would take the letters of a text for one.
    """

    listed: Callable[[Client], Entries] = _list
    levels: int | None = None
    first: int | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    pace_ms: float | None = None
    kept: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


# By ccxt id; any other exchange of ccxt is asked by the unified methods alone.
_SPOTS = {
    "binance": Spots(partial(_list, showPermissionSets="false"), 1000, first=100),
    "okx": Spots(levels=400),
    "bybit": Spots(levels=200),
    "gate": Spots(_gate, 1000),
    "htx": Spots(_htx),
    "weex": Spots(partial(_symbols, of="publicGetApiV3ExchangeInfo"), 200, pace_ms=4),
    "bitget": Spots(_bitget, 150),
    "mexc": Spots(partial(_list, method="fetch_spot_markets"), 1000),
    "bingx": Spots(partial(_list, method="fetch_spot_markets"), 1000),
    "phemex": Spots(_phemex, pace_ms=40, kept=("priceScale", "valueScale"), rows=_PHEMEX_ROWS),
    "woo": Spots(levels=100),
    "bitfinex": Spots(_bitfinex, 250, asked={"precision": "P0"}, rows=((),)),
    "kucoin": Spots(partial(_list, fetchTickersFees=False), 100),
    "kraken": Spots(levels=500, kept=("wsname",)),
    "hyperliquid": Spots(_hyperliquid),
    "deribit": Spots(partial(_list, currency="any", kind="spot"), 1000),
    "aster": Spots(partial(_symbols, of="sapiPublicGetV3ExchangeInfo"), 1000, first=50),
    "backpack": Spots(partial(_list, marketType="SPOT"), 500),
    "lighter": Spots(_lighter, 250),
}


def is_known(ccxt_id: str) -> bool:
    """Whether this spot side is one that fundcli knows how to ask."""
    return ccxt_id in _SPOTS


def spots_of(ccxt_id: str) -> Spots:
    """How an exchange's spot side is asked."""
    return _SPOTS.get(ccxt_id, Spots())
