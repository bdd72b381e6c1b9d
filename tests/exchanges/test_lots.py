"""What an order of each exchange counts in: step, smallest order and the worth of one, as its documents have them.

Expected are the numbers that the wire carries, in the sense that each exchange gives them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest

from fundcli.errors import UsageError
from fundcli.exchanges import Lot, Network, find, lot_of, open_venue
from fundcli.profiles import Catalog
from tests.exchange_server import ExchangeServer, Fault, World
from tests.exchanges.charting import small_server
from tests.exchanges.measuring import BOTH, INVERSE, LINEAR, contract
from tests.exchanges.support import EXCHANGES, symbol_of

Read = Callable[[str, str], Lot]
#: exchange → step, smallest order and coins of a contract (None: orders count coins) of its linear contract
OF_LINEAR = {
    "binance": ("0.001", "0.001", None),
    "okx": ("1", "1", "0.01"),
    "bybit": ("0.001", "0.001", None),
    "gate": ("1", "1", "0.0001"),
    "htx": ("1", "1", "0.001"),  # ccxt: 0.001 as the smallest order, which is coins
    "weex": ("0.001", "0.001", None),  # ccxt: contracts of 0.001
    "bitget": ("0.001", "0.001", None),
    "hyperliquid": ("0.01", None, None),  # szDecimals 2
    "krakenfutures": ("0.0001", None, None),  # contractValueTradePrecision 4
    "bingx": ("0.0001", "0.0001", None),
    "kucoinfutures": ("1", "1", "0.001"),
    "mexc": ("1", "1", "0.0001"),
    "phemex": ("0.001", None, None),
    "woo": ("0.0001", "0.005", None),
    "bitfinex": ("0.00000001", "0.00006", None),
    "deribit": ("1", "10000", "0.001"),  # 10 coins at the least, in contracts of 0.001
    "dydx": ("0.0001", None, None),
    "aster": ("0.001", "0.001", None),
    "paradex": ("0.001", None, None),
    "backpack": ("0.01", "0.01", None),
    "lighter": ("0.0001", "0.0050", None),
}
#: the same of inverse contracts, in quote money; Bitget counts coins of those, too
OF_INVERSE = {
    "binance": ("0.001", "0.001", "100"),
    "binancecoinm": ("0.001", "0.001", "100"),
    "okx": ("1", "1", "100"),
    "bybit": ("1", "10", "1"),  # ccxt takes the smallest order, 10 USD, for a contract
    "gate": ("1", "1", "1"),
    "htx": ("1", "1", "100"),
    "bitget": ("0.001", "0.001", None),
    "krakenfutures": ("1", None, "1"),
    "bingx": (None, "1", "100"),
    "kucoinfutures": ("1", "1", "1"),
    "mexc": ("1", "1", "100"),
    "phemex": ("1", None, "1"),
    "deribit": ("1", "1", "10"),  # min_trade_amount is 10 USD
}


@pytest.fixture(scope="module")
def server() -> Iterator[ExchangeServer]:
    with small_server() as running:
        yield running


@pytest.fixture
def read(server: ExchangeServer, tmp_path: Path) -> Iterator[Read]:
    """The lot of a contract, as a run of its own would read it."""

    def run(exchange: str, contract_id: str) -> Lot:
        venue = open_venue(Catalog().load(exchange).profile, Network(gateway=server.url, cache_folder=tmp_path))
        return lot_of(venue, find(venue, symbol_of(contract(server, exchange, contract_id))))

    yield run
    server.faults.clear()


def _as(lot: Lot) -> tuple[D | None, D | None, D | None]:
    return lot.step, lot.least, lot.contract


def _numbers(texts: tuple[str | None, ...]) -> tuple[D | None, ...]:
    return tuple(None if text is None else D(text) for text in texts)


def test_every_exchange_has_an_expectation():
    assert (set(OF_LINEAR), set(OF_INVERSE)) == (set(LINEAR), set(INVERSE))
    assert set(OF_LINEAR) | set(OF_INVERSE) == set(EXCHANGES)


@pytest.mark.parametrize(("exchange", "contract_id"), BOTH)
def test_the_lot_is_what_the_exchange_lists(read: Read, exchange: str, contract_id: str):
    known = OF_LINEAR if contract_id == LINEAR.get(exchange) else OF_INVERSE
    for _ in range(2):  # from the exchange, then from the disk
        lot = read(exchange, contract_id)
        assert _as(lot) == _numbers(known[exchange])
        assert lot.in_money == (known is OF_INVERSE and known[exchange][2] is not None)


def _put(name: str, value: Any) -> Callable[[Any], Any]:
    """An edit that gives every row another value in the fields whose name matches."""

    def edit(answer: Any) -> Any:
        if isinstance(answer, dict):
            return {key: value if re.fullmatch(name, key) else edit(each) for key, each in answer.items()}
        return [edit(each) for each in answer] if isinstance(answer, list) else answer

    return edit


@pytest.mark.parametrize(
    ("exchange", "at", "name", "value", "step"),
    [
        ("hyperliquid", "metaAndAssetCtxs|meta", "szDecimals", 0, "1"),
        ("hyperliquid", "metaAndAssetCtxs|meta", "szDecimals", 5, "0.00001"),
        ("krakenfutures", "v3/instruments", "contractValueTradePrecision", -3, "1000"),  # PF_PEPEUSD
        ("krakenfutures", "v3/instruments", "contractValueTradePrecision", 0, "1"),
        ("lighter", "orderBookDetails", "size_decimals", 1, "0.1"),
        ("bingx", "quote/contracts", "quantityPrecision", 2, "0.01"),
        # the multiple counts, not the decimals: ccxt makes 0.0001 of it
        ("bitget", "mix/market/contracts", "volumePlace", "4", "0.001"),
        ("bitget", "mix/market/contracts", "sizeMultiplier", "10", "10"),
        ("okx", "public/instruments", "lotSz", "0.01", "0.01"),
        ("mexc", "contract/detail", "volUnit", 5, "5"),
    ],
)
def test_decimals_and_steps_come_out_as_steps(
    read: Read, server: ExchangeServer, exchange: str, at: str, name: str, value: object, step: str
):
    server.faults = [Fault(at, "rewrite", edit=_put(name, value))]
    assert read(exchange, LINEAR[exchange]).step == D(step)


@pytest.mark.parametrize("value", [None, "", "x", "99999999", 99999999, -99999999, "1e9", [], {}, True, 2.5, "NaN"])
@pytest.mark.parametrize(
    ("exchange", "at", "name"),
    [
        ("krakenfutures", "v3/instruments", "contractValueTradePrecision"),
        ("lighter", "orderBookDetails", "(supported_)?size_decimals"),
    ],
)
def test_decimals_that_cannot_be_are_no_step(
    read: Read, server: ExchangeServer, exchange: str, at: str, name: str, value: object
):
    server.faults = [Fault(at, "rewrite", edit=_put(name, value))]
    assert read(exchange, LINEAR[exchange]).step is None


@pytest.mark.parametrize("value", [None, "", "x", "0", "-1", "NaN", "Infinity", "1e400", [], {}])
@pytest.mark.parametrize("name", ["lotSz", "minSz"])
def test_a_step_that_cannot_be_is_none(read: Read, server: ExchangeServer, name: str, value: object):
    server.faults = [Fault("public/instruments", "rewrite", edit=_put(name, value))]
    lot = read("okx", LINEAR["okx"])
    assert (lot.step, lot.least) == ((None, D(1)) if name == "lotSz" else (D(1), None))


@pytest.mark.parametrize("value", [None, "", "0", "-1"])
def test_a_contract_of_unknown_worth_is_refused(read: Read, server: ExchangeServer, value: object):
    server.faults = [Fault("public/instruments", "rewrite", edit=_put("ctVal", value))]
    with pytest.raises(UsageError, match="does not say what a contract of BTC/USDT:USDT is worth"):
        read("okx", LINEAR["okx"])


def _recorded(shared: Path, name: str) -> Any:
    return json.loads((shared / "recorded/http/cryptofeed" / name).read_text())["httpResponse"]


def _served(tmp_path: Path, exchange: str, at: str, answer: object) -> dict[str, Lot]:
    """The lots of all linear perpetuals that a recording lists, by the exchange's ids."""
    with ExchangeServer(World.small(1_800_000_000_000, days=1)) as server:
        server.answer(at, answer)
        venue = open_venue(Catalog().load(exchange).profile, Network(gateway=server.url, cache_folder=tmp_path))
        return {market.id: lot_of(venue, market) for market in venue.markets(venue.families[0])}


@pytest.mark.recorded
def test_every_recorded_contract_of_okx_has_its_own_lot(shared: Path, tmp_path: Path):
    answer = _recorded(shared, "okx/www_okx_com_api_v5_public_instruments_instType_SWAP.json")
    found = _served(tmp_path, "okx", r"public/instruments\?.*SWAP", answer)
    rows = {row["instId"]: row for row in answer["data"]}
    assert len(found) > 100
    for name, lot in found.items():
        row = rows[name]
        value = None if row["ctVal"] == "1" and row["ctType"] == "linear" else D(row["ctVal"])
        assert _as(lot) == (D(row["lotSz"]), D(row["minSz"]), value), name


@pytest.mark.recorded
def test_every_recorded_contract_of_binance_has_the_step_of_its_filter(shared: Path, tmp_path: Path):
    answer = _recorded(shared, "binanceusdm/fapi_binance_com_fapi_v1_exchangeInfo.json")
    found = _served(tmp_path, "binance", r"fapi/v1/exchangeInfo", answer)
    filters = {r["symbol"]: {f["filterType"]: f for f in r["filters"]}["LOT_SIZE"] for r in answer["symbols"]}
    assert len(found) > 100
    for name, lot in found.items():
        assert _as(lot) == (D(filters[name]["stepSize"]), D(filters[name]["minQty"]), None), name


@pytest.mark.recorded
def test_every_recorded_contract_of_gate_counts_its_multiplier(shared: Path, tmp_path: Path):
    answer = _recorded(shared, "gate/api_gateio_ws_api_v4_futures_usdt_contracts.json")
    found = _served(tmp_path, "gate", r"futures/usdt/contracts$", answer)
    rows = {row["name"]: row for row in answer}
    assert len(found) == len(rows)
    for name, lot in found.items():
        value = D(rows[name]["quanto_multiplier"])
        assert _as(lot) == (D(1), D(rows[name]["order_size_min"]), None if value == 1 else value), name
