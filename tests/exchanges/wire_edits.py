"""Edits of what the loopback exchange sends: one contract's rate or interval, wherever it stands on that wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from tests.exchange_server import Contract, Fault

#: exchange → pattern of the answer with the rates, key of the contract, key of the rate.
RATES = {
    "binance": (r"fapi/v1/premiumIndex", "symbol", "lastFundingRate"),
    "binancecoinm": (r"dapi/v1/premiumIndex", "symbol", "lastFundingRate"),
    "okx": (r"public/funding-rate\?", "instId", "fundingRate"),
    "bybit": (r"market/tickers", "symbol", "fundingRate"),
    "gate": (r"futures/\w+/contracts", "name", "funding_rate"),
    "htx": (r"funding_rate\?|batch_funding_rate", "contract_code", "funding_rate"),
    "weex": (r"market/premiumIndex", "symbol", "lastFundingRate"),
    "bitget": (r"market/(current-fund-rate|tickers)", "symbol", "fundingRate"),
    "krakenfutures": (r"v3/tickers", "symbol", "fundingRate"),
    "bingx": (r"market/premiumIndex|quote/premiumIndex", "symbol", "lastFundingRate"),
    "kucoinfutures": (r"ua/v2/market/funding-rate", "symbol", "nextFundingRate"),
    "mexc": (r"contract/funding_rate$", "symbol", "fundingRate"),
    "phemex": (r"real-funding-rates", "symbol", "fundingRate"),
    "woo": (r"public/fundingRate$", "symbol", "estFundingRate"),
    "deribit": (r"public/ticker", "instrument_name", "current_funding"),
    "dydx": (r"perpetualMarkets", "ticker", "nextFundingRate"),
    "aster": (r"fapi/v3/premiumIndex", "symbol", "lastFundingRate"),
    "paradex": (r"markets/summary", "symbol", "funding_rate"),
    "backpack": (r"v1/markPrices", "symbol", "fundingRate"),
}
#: exchange → pattern of the answer with the intervals, key of the contract, key of the interval; where one is sent.
INTERVALS = {
    "binance": (r"fapi/v1/fundingInfo", "symbol", "fundingIntervalHours"),
    "bybit": (r"market/instruments-info", "symbol", "fundingInterval"),
    "gate": (r"futures/\w+/contracts", "name", "funding_interval"),
    "weex": (r"market/premiumIndex", "symbol", "collectCycle"),
    "bitget": (r"market/current-fund-rate", "symbol", "fundingRateInterval"),
    "bingx": (r"quote/premiumIndex", "symbol", "fundingIntervalHours"),
    "kucoinfutures": (r"ua/v2/market/funding-rate", "symbol", "currentGranularity"),
    "mexc": (r"contract/funding_rate$", "symbol", "collectCycle"),
    "phemex": (r"real-funding-rates", "symbol", "fundingInterval"),
    "woo": (r"public/fundingRate$", "symbol", "estFundingIntervalHours"),
    "aster": (r"fapi/v3/fundingInfo", "symbol", "fundingIntervalHours"),
}
#: The 4-hourly contract of each, where it is not SOLUSDT.
SOL = {
    "gate": "SOL_USDT",
    "bingx": "SOL-USDT",
    "kucoinfutures": "SOLUSDTM",
    "mexc": "SOL_USDT",
    "woo": "PERP_SOL_USDT",
}


def _dicts(answer: Any) -> Iterator[dict[str, Any]]:
    if isinstance(answer, dict):
        yield answer
        for value in answer.values():
            yield from _dicts(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from _dicts(value)


def _set(key: str, wanted: str, name: str, value: Any) -> Callable[[object], object]:
    def edit(answer: object) -> object:
        for row in _dicts(answer):
            if row.get(key) == wanted and name in row:
                row[name] = value
        return answer

    return edit


def rate_of(exchange: str, c: Contract, value: Any) -> Fault:
    """The rate of one contract, replaced on the wire."""
    if exchange == "hyperliquid":

        def edit(answer: Any) -> Any:
            names = [asset["name"] for asset in answer[0]["universe"]]
            answer[1][names.index(c.id)]["funding"] = value
            return answer

        return Fault("metaAndAssetCtxs", "rewrite", edit=edit)
    if exchange == "bitfinex":  # rows without names: the rate stands at position 12

        def place(answer: Any) -> Any:
            return [[*row[:12], value, *row[13:]] if row[0] == c.id else row for row in answer]

        return Fault(r"status/deriv\?", "rewrite", edit=place)
    if exchange == "lighter":  # other exchanges' rates stand under the same id, and an eighth of the rate is paid
        eightfold = str(Decimal(str(value)) * 8) if isinstance(value, float) else value

        def own(answer: Any) -> Any:
            for row in answer["funding_rates"]:
                if row["market_id"] == int(c.id) and row["exchange"] == "lighter":
                    row["rate"] = eightfold
            return answer

        return Fault("funding-rates", "rewrite", edit=own)
    pattern, key, name = RATES[exchange]
    return Fault(pattern, "rewrite", edit=_set(key, c.id, name, value))


def interval_of(exchange: str, c: Contract, value: Any) -> Fault:
    """The interval of one contract, replaced on the wire."""
    pattern, key, name = INTERVALS[exchange]
    return Fault(pattern, "rewrite", edit=_set(key, c.id, name, value))


def price_of(exchange: str, c: Contract, value: Any) -> Fault:
    """The mark price of one contract, replaced on the wire."""
    pattern, key, _ = RATES[exchange]
    name = {"gate": "mark_price", "mexc": "fairPrice"}.get(exchange, "markPrice")
    return Fault(pattern, "rewrite", edit=_set(key, c.id, name, value))
