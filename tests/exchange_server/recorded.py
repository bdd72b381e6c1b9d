"""Serves real recordings, read at run time from the folder that holds them and never copied.

Each case answers the recorded request of one exchange; the instrument list around it is generated for the
symbols in the recording, so that a real client can load its markets.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.exchange_server.server import ExchangeServer
from tests.exchange_server.world import HOUR_MS, Contract, Spot

#: case → file, ccxt method, number of the case within the method, pattern of the recorded request
_CCXT_CASES = {
    "bybit-funding-rate": ("bybit", "fetchFundingRate", 0, r"/v5/market/tickers\?"),
    "bybit-funding-rates": ("bybit", "fetchFundingRates", 0, r"/v5/market/tickers\?"),
    "gate-inverse-rates": ("gate", "fetchFundingRates", 0, r"/futures/btc/contracts$"),
    "htx-linear-rate": ("htx", "fetchFundingRate", 0, r"/v5/market/funding_rate\?"),
    "htx-linear-history": ("htx", "fetchFundingRateHistory", 0, r"/v5/market/funding_rate_history"),
    "htx-inverse-rate": ("htx", "fetchFundingRate", 1, r"/swap-api/v1/swap_funding_rate"),
    "htx-inverse-history": ("htx", "fetchFundingRateHistory", 1, r"/swap_historical_funding_rate"),
    "okx-open-interest": ("okx", "fetchOpenInterest", 0, r"/api/v5/public/open-interest"),
}
CASES: tuple[str, ...] = (*_CCXT_CASES, "binance-premium-index", "gate-contracts", "hyperliquid-history")


@dataclass(frozen=True)
class Recording:
    """What was installed: ccxt's arguments and result where the source has them, and when it was recorded."""

    exchange: str
    at_ms: int
    wire: Any
    arguments: tuple[Any, ...] = ()
    parsed: Any = None


def install(server: ExchangeServer, folder: Path, case: str) -> Recording:
    """Make `server` answer like the recording; other exchanges stay as they are."""
    if case in _CCXT_CASES:
        return _ccxt(server, folder, case)
    match case:
        case "binance-premium-index":
            return _binance(server, folder)
        case "gate-contracts":
            return _gate(server, folder)
        case "hyperliquid-history":
            return _hyperliquid(server, folder)
    raise ValueError(f"no recording {case!r}; there are {', '.join(CASES)}")


def _load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _ccxt(server: ExchangeServer, folder: Path, case: str) -> Recording:
    exchange, method, number, pattern = _CCXT_CASES[case]
    found = _load(folder / "ccxt" / f"{exchange}.json")["methods"][method][number]
    wire = found["httpResponse"]
    world = server.world.with_contracts(exchange, _bitcoin(exchange))
    server.world = replace(world, spot={**world.spot, exchange: (Spot("BTC", "USDT"),)})
    server.answer(pattern, wire)
    if exchange == "gate":
        # no stamp in it: the settlement that it waits for is the nearest known time
        at_ms = (wire[0]["funding_next_apply"] - wire[0]["funding_interval"]) * 1000
    else:
        at_ms = int(wire["data"][0]["ts"] if exchange == "okx" else wire.get("time") or wire["ts"])
    return Recording(exchange, at_ms, wire, tuple(found["input"]), found["parsedResponse"])


def _bitcoin(exchange: str) -> list[Contract]:
    linear_id, inverse_id = {
        "bybit": ("BTCUSDT", "BTCUSD"),
        "gate": ("BTC_USDT", "BTC_USD"),
        "htx": ("BTC-USDT", "BTC-USD"),
        "okx": ("BTC-USDT-SWAP", "BTC-USD-SWAP"),
    }[exchange]
    linear = Contract(linear_id, "BTC", "USDT", "USDT", contract_size="0.01" if exchange == "okx" else "1")
    inverse = Contract(inverse_id, "BTC", "USD", "BTC", linear=False)
    if exchange != "htx":
        return [linear, inverse]
    # ccxt refuses an empty list of any kind there, so a dated contract must exist
    return [linear, inverse, replace(inverse, id="BTC261225", perpetual=False, expiry_ms=1798185600000)]


def _binance(server: ExchangeServer, folder: Path) -> Recording:
    found = _load(folder / "http" / "binance_premiumIndex" / "premiumIndex_all_2024-11-27.json")
    rows: list[dict[str, Any]] = found["httpResponse"]
    contracts = []
    for row in rows:
        name = row["symbol"]
        parts = re.fullmatch(r"(.+?)(USDT|USDC|BTC)(?:_(\d{6}))?", name)
        assert parts is not None, f"the recording holds a symbol of a new kind: {name}"
        base, quote, date = parts.groups()
        expiry = datetime.strptime(f"{date} 08", "%y%m%d %H").replace(tzinfo=UTC).timestamp() if date else 0
        made = Contract(name, base, quote, quote, perpetual=not date, mark=row["markPrice"])
        contracts.append(replace(made, expiry_ms=int(expiry * 1000)))
    by_name = {row["symbol"]: row for row in rows}
    server.world = server.world.with_contracts("binance", contracts)

    def premium(query: dict[str, str], body: bytes) -> object:
        return by_name.get(query["symbol"], {}) if "symbol" in query else rows

    server.answer(r"fapi\.binance\.com/fapi/v1/premiumIndex", premium)
    server.answer(r"fapi\.binance\.com/fapi/v1/fundingInfo", [])
    return Recording("binance", int(rows[0]["time"]), rows)


def _gate(server: ExchangeServer, folder: Path) -> Recording:
    found = _load(folder / "http/cryptofeed/gate/api_gateio_ws_api_v4_futures_usdt_contracts.json")
    rows: list[dict[str, Any]] = found["httpResponse"]
    contracts = [
        Contract(
            row["name"], row["name"].rsplit("_", 1)[0], "USDT", "USDT", mark=row["mark_price"],
            index=row["index_price"], rate=row["funding_rate"], next_ms=row["funding_next_apply"] * 1000,
            interval_hours=row["funding_interval"] * 1000 // HOUR_MS,
        )
        for row in rows
    ]  # fmt: skip
    server.world = server.world.with_contracts("gate", contracts)
    server.answer(r"/api/v4/futures/usdt/contracts$", rows)
    for row in rows:
        server.answer(rf"/api/v4/futures/usdt/contracts/{re.escape(row['name'])}$", row)
    return Recording("gate", int(float(found["recorded_at"]) * 1000), rows)


def _hyperliquid(server: ExchangeServer, folder: Path) -> Recording:
    found = _load(folder / "http" / "hyperliquid" / "test_get_funding_history_1684811870000.json")
    said = {json.loads(i["request_body"])["type"]: i for i in found["interactions"]}
    universe = said["meta"]["httpResponse"]["universe"]
    names = [asset["name"] for asset in universe]
    contracts = [Contract(name, name, "USDC", "USDC", interval_hours=1) for name in names]
    server.world = server.world.with_contracts("hyperliquid", contracts)
    rows: list[dict[str, Any]] = said["fundingHistory"]["httpResponse"]
    asked = json.loads(said["fundingHistory"]["request_body"])

    def history(query: dict[str, str], body: bytes) -> object:
        wanted = json.loads(body)
        end = wanted.get("endTime") or rows[-1]["time"]
        return [row for row in rows if wanted["startTime"] <= row["time"] <= end][:500]

    server.answer(rf'"type": ?"fundingHistory".*"coin": ?"{asked["coin"]}"', history)
    arguments = (asked["coin"], asked["startTime"], asked["endTime"])
    return Recording("hyperliquid", int(rows[-1]["time"]), rows, arguments)
