"""Margin tiers of every exchange that publishes them: what the world holds to the last digit, or an error in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fundcli.core.margin import MarginTable
from fundcli.core.numbers import plain
from fundcli.errors import ExchangeError, UsageError
from fundcli.exchanges import Network, find, open_venue, price_now, read_tiers
from fundcli.market.margins import Margins, margin_of
from fundcli.profiles import Catalog
from tests.exchange_server import Contract, ExchangeServer, Fault
from tests.exchange_server.world import TIERS, Tier
from tests.exchanges.measuring import INVERSE, LINEAR, change, contract
from tests.exchanges.support import EXCHANGES, spread, symbol_of

Read = Callable[..., MarginTable | None]
#: where the tiers of each stand
AT = {
    "okx": "position-tiers", "bybit": "risk-limit", "gate": "risk_limit_tiers", "bitget": "query-position-lever",
    "htx": "swap_adjustfactor", "kucoinfutures": "risk-limit", "mexc": "contract/detail\\?symbol",
    "phemex": "public/products", "hyperliquid": '"meta"', "krakenfutures": "/instruments",
    "lighter": "orderBookDetails", "dydx": "perpetualMarkets",
}  # fmt: skip
#: These have one tier, whatever the size.
FLAT = ("lighter", "dydx")
#: These say of linear contracts alone what their tiers count.
LINEAR_ALONE = ("bitget", "phemex")
BY_SIZE = [("okx", True), ("okx", False), ("htx", True), ("htx", False), ("mexc", True), ("mexc", False),
           ("kucoinfutures", False), ("krakenfutures", False)]  # fmt: skip
#: Each part of a position is charged at the rate of its own tier.
JOINED = ("bybit", "gate", "bitget", "phemex", "hyperliquid")
TIERED = [e for e in AT if e not in FLAT]
READ = [(e, LINEAR[e]) for e in TIERED] + [(e, INVERSE[e]) for e in TIERED if e in INVERSE and e not in LINEAR_ALONE]
WHOLE: list[Any] = [{}, [], "x", None, 7, [None], [{}], {"data": None}, {"data": "x"}, {"data": [None]}, {"result": []}]


@pytest.fixture
def read(server: ExchangeServer, tmp_path: Path) -> Read:
    """Reads the tiers of a contract of the server's world, as a run of its own would."""

    def run(exchange: str, contract_id: str, leverage: str = "5") -> MarginTable | None:
        network = Network(gateway=server.url, cache_folder=tmp_path)
        venue = open_venue(Catalog().load(exchange).profile, network)
        market = find(venue, symbol_of(contract(server, exchange, contract_id)))
        return read_tiers(venue, market, Decimal(leverage))

    return run


def _ends(table: MarginTable | None) -> list[tuple[str | None, str, str]]:
    """End, rate and amount of each tier, as plain numbers."""
    assert table is not None
    terms = [tier.maintenance for tier in table.tiers]
    return [(None if t.up_to is None else plain(t.up_to), plain(t.rate), plain(t.amount)) for t in terms]


@pytest.mark.parametrize(("exchange", "contract_id"), READ)
def test_every_tier_is_the_one_served(read: Read, server: ExchangeServer, exchange: str, contract_id: str):
    """Contracts come out as coins (inverse: quote units), values in the settlement currency."""
    tiers = (Tier("150", "40", "0.025", "0.0125"), Tier("3000", "25", "0.04", "0.02", "1.125"),
             Tier("70000", "10", "0.1", "0.05", "91.125"))  # fmt: skip
    c = change(server, exchange, contract_id, tiers=tiers if c_counts_fit(exchange) else _hundredfold(tiers))
    table = read(exchange, contract_id)
    wanted = [(tier.end, tier.rate, tier.deduction if exchange in JOINED else "0") for tier in c.tiers]
    if exchange in ("hyperliquid", "krakenfutures", "htx"):
        wanted[-1] = (None, *wanted[-1][1:])  # these say where a tier begins, or that the last one has no end
    assert _ends(table) == wanted
    assert table is not None
    assert table.counts == ("size" if (exchange, c.linear) in BY_SIZE else "value")
    if exchange == "htx":  # it allows the same leverage at every size
        assert [tier.max_leverage for tier in table.tiers] == [20, 20, 20]
    else:
        assert [tier.max_leverage for tier in table.tiers] == [Decimal(t.leverage) for t in c.tiers]
        assert [tier.initial_rate for tier in table.tiers] == [Decimal(t.initial) for t in c.tiers]


def c_counts_fit(exchange: str) -> bool:
    """Whether 150 is a whole number of whatever the exchange counts."""
    return exchange not in ("okx", "htx", "mexc")


def _hundredfold(tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
    return tuple(replace(tier, end=f"{tier.end}00") for tier in tiers)


@pytest.mark.parametrize("exchange", [e for e in EXCHANGES if e not in AT])
def test_an_exchange_without_public_tiers_is_asked_for_none(
    read: Read, server: ExchangeServer, tmp_path: Path, exchange: str
):
    contract_id = {**INVERSE, **LINEAR}[exchange]
    assert read(exchange, contract_id) is None
    found = _margins(server, tmp_path, exchange, contract_id)
    assert found.basis in (None, "profile")
    assert any(word in found.warnings[0] for word in ("signed", "formula", "no public"))


@pytest.mark.parametrize("exchange", LINEAR_ALONE)
def test_tiers_that_count_nobody_knows_what_are_not_read(read: Read, server: ExchangeServer, exchange: str):
    assert read(exchange, INVERSE[exchange]) is None
    assert read(exchange, LINEAR[exchange]) is not None


def test_one_request_is_enough_and_none_is_signed(read: Read, server: ExchangeServer):
    for exchange in AT:
        read(exchange, LINEAR[exchange])
        server.requests.clear()
        read(exchange, LINEAR[exchange])
        assert len(server.requests) == 1, (exchange, [r.url for r in server.requests])
        assert len(server.seen(AT[exchange])) == 1
        sent = {name.lower() for name in server.requests[0].headers}
        assert not any("sign" in name or "api-key" in name for name in sent)


def _spoil(server: ExchangeServer, exchange: str, edit: Callable[[Any], Any]) -> None:
    server.faults[:] = [Fault(AT[exchange], "rewrite", edit=edit)]


@pytest.mark.parametrize("exchange", AT)
def test_a_whole_answer_of_the_wrong_shape_is_an_error(read: Read, server: ExchangeServer, exchange: str):
    read(exchange, LINEAR[exchange])  # the market list is on disk from here on
    for shape in WHOLE:
        _spoil(server, exchange, lambda _, shape=shape: shape)
        with pytest.raises(ExchangeError) as raised:
            read(exchange, LINEAR[exchange])
        assert raised.value.remedy, shape


@pytest.mark.parametrize(("exchange", "kind"), spread(AT, ["html", "cut", "drop", "empty"], 2))
def test_a_broken_answer_is_an_error(read: Read, server: ExchangeServer, exchange: str, kind: Any):
    read(exchange, LINEAR[exchange])
    server.faults[:] = [Fault(AT[exchange], kind)]
    with pytest.raises(ExchangeError):
        read(exchange, LINEAR[exchange])


NO_TERMS: list[Any] = [None, "x", "-1", -7, 0, "NaN", "Infinity", [], {}, "9" * 400, "1e999999"]
#: the fields that a tier cannot do without
NEEDED = {
    "okx": ("maxSz", "mmr"), "bybit": ("riskLimitValue", "maintenanceMargin", "initialMargin", "maxLeverage"),
    "gate": ("risk_limit", "maintenance_rate"), "bitget": ("endUnit", "keepMarginRate", "leverage"),
    "htx": ("adjust_factor",), "kucoinfutures": ("maxRiskLimit", "maintainMargin"), "mexc": ("maxVol", "mmr"),
    "phemex": ("limit", "maintenanceMarginRr", "initialMarginRr"), "hyperliquid": ("maxLeverage",),
    "krakenfutures": ("maintenanceMargin", "initialMargin"),
    "lighter": ("maintenance_margin_fraction", "min_initial_margin_fraction"),
    "dydx": ("maintenanceMarginFraction", "initialMarginFraction", "openInterest"),
}  # fmt: skip


@pytest.mark.parametrize(("exchange", "value"), spread(NEEDED, NO_TERMS, 3))
def test_a_tier_that_cannot_be_one_costs_the_whole_table(read: Read, server: ExchangeServer, exchange: str, value: Any):
    read(exchange, LINEAR[exchange])
    for name in NEEDED[exchange]:
        if exchange == "dydx" and name == "openInterest" and value in (0, "-1", -7):
            continue  # nothing open: the fraction listed stands
        _spoil(server, exchange, lambda answer, name=name: _replaced(answer, name, value))
        with pytest.raises(ExchangeError) as raised:
            read(exchange, LINEAR[exchange])
        assert raised.value.exchange == exchange, name


def _replaced(node: Any, name: str, value: Any) -> Any:
    """The answer with every field of a name replaced, within lists and objects."""
    if isinstance(node, dict):
        return {k: value if k == name else _replaced(v, name, value) for k, v in node.items()}
    return [_replaced(each, name, value) for each in node] if isinstance(node, list) else node


@pytest.mark.parametrize("exchange", [e for e in TIERED if e not in ("hyperliquid", "krakenfutures")])
def test_tiers_in_any_order_are_sorted_and_doubled_ones_refused(read: Read, server: ExchangeServer, exchange: str):
    plain = read(exchange, LINEAR[exchange])
    turned, doubled = (lambda rows: rows[::-1]), (lambda rows: [*rows, *rows])
    _spoil(server, exchange, lambda answer: _edit_tiers(answer, exchange, turned))
    if exchange != "bybit":  # its first tier has no deduction
        assert read(exchange, LINEAR[exchange]) == plain
    _spoil(server, exchange, lambda answer: _edit_tiers(answer, exchange, doubled))
    with pytest.raises(ExchangeError, match="no readable margin tiers"):
        read(exchange, LINEAR[exchange])


def _edit_tiers(node: Any, exchange: str, edit: Callable[[list[Any]], list[Any]]) -> Any:
    """The answer with every list of tiers edited."""
    if isinstance(node, list):
        if node and isinstance(node[0], dict) and NEEDED[exchange][0] in node[0]:
            return edit(node)
        return [_edit_tiers(each, exchange, edit) for each in node]
    return {k: _edit_tiers(v, exchange, edit) for k, v in node.items()} if isinstance(node, dict) else node


def test_bybits_percents_are_percents(read: Read, server: ExchangeServer):
    """The documentation's sample of BTCUSD: 0.5 and 1 at 100x."""
    sample = {
        "id": 1, "symbol": "BTCUSD", "riskLimitValue": "150", "maintenanceMargin": "0.5", "initialMargin": "1",
        "isLowestRisk": 1, "maxLeverage": "100.00", "mmDeduction": "",
    }  # fmt: skip
    body = {"retCode": 0, "retMsg": "OK", "result": {"category": "inverse", "list": [sample]}, "time": 1672054488010}
    server.answer("risk-limit", body)
    assert _ends(read("bybit", "BTCUSD")) == [("150", "0.005", "0")]


@pytest.mark.parametrize(("exchange", "field"), [("bybit", "mmDeduction"), ("gate", "deduction")])
def test_deductions_left_out_follow_from_the_exchanges_formula(
    read: Read, server: ExchangeServer, exchange: str, field: str
):
    _spoil(server, exchange, lambda answer: _replaced(answer, field, ""))
    assert [amount for _, _, amount in _ends(read(exchange, LINEAR[exchange]))] == ["0", "500", "8000"]


def test_mexcs_tiers_grow_by_a_step_where_they_are_not_listed(read: Read, server: ExchangeServer):
    """10,000 contracts of 0.0001 coins, then 5,000 each; 0.4 % and 0.8 %, 0.4 % more each: 1, 1.5 and 2 coins."""
    steps = {
        "riskLimitMode": "INCREASE", "riskLimitCustom": None, "riskBaseVol": 10000, "riskIncrVol": 5000,
        "riskIncrMmr": 0.004, "riskIncrImr": 0.004, "riskLevelLimit": 3,
    }  # fmt: skip
    _spoil(server, "mexc", lambda answer: {**answer, "data": {**answer["data"], **steps}})
    table = read("mexc", "BTC_USDT")
    assert _ends(table) == [("1", "0.004", "0"), ("1.5", "0.008", "0"), ("2", "0.012", "0")]
    assert table is not None
    assert [tier.initial_rate for tier in table.tiers] == [Decimal("0.008"), Decimal("0.012"), Decimal("0.016")]
    for wrong in (0, -1, 10**9, None):
        spoilt = {**steps, "riskLevelLimit": wrong}
        _spoil(server, "mexc", lambda answer, spoilt=spoilt: {**answer, "data": {**answer["data"], **spoilt}})
        with pytest.raises(ExchangeError):
            read("mexc", "BTC_USDT")


def test_mexcs_tiers_can_count_money(read: Read, server: ExchangeServer):
    by_value = {"riskLimitType": "BY_VALUE"}
    _spoil(server, "mexc", lambda answer: {**answer, "data": {**answer["data"], **by_value}})
    table = read("mexc", "BTC_USDT")
    assert table is not None and table.counts == "value"
    assert table.tiers[0].maintenance.up_to == 1_000_000_000  # 100,000 coins are so many contracts of 0.0001
    with pytest.raises(ExchangeError, match="which money"):
        read("mexc", "BTC_USD")


def test_hyperliquids_small_table_ids_are_one_tier(read: Read, server: ExchangeServer):
    """Docs: for ids below 50 there is a single tier with that leverage; 25x keeps 1 / 50."""
    change(server, "hyperliquid", "BTC", tiers=(Tier("1", "25", "0.04", "0.02"),))
    assert _ends(read("hyperliquid", "BTC")) == [(None, "0.02", "0")]


@pytest.mark.parametrize(("leverage", "rates"), [("1", ["0.005", "0.01", "0.025"]), ("20", ["0.005", "0.01", "0.025"])])
def test_htx_takes_the_factors_of_the_leverage_chosen(read: Read, leverage: str, rates: list[str]):
    """The world's factors are rate x leverage."""
    assert [rate for _, rate, _ in _ends(read("htx", "BTC-USDT", leverage))] == rates


def test_htx_names_the_leverages_that_it_offers(read: Read):
    with pytest.raises(ExchangeError, match="at 7x") as raised:
        read("htx", "BTC-USDT", "7")
    assert "1, 5, 10, 20x" in raised.value.remedy


def test_lighter_and_dydx_have_one_tier(read: Read):
    """Their documents: BTC at 2 % and 1.2 %."""
    for exchange in FLAT:
        table = read(exchange, LINEAR[exchange])
        assert _ends(table) == [(None, "0.012", "0")]
        assert table is not None
        assert (table.tiers[0].max_leverage, table.tiers[0].initial_rate) == (50, Decimal("0.02"))


@pytest.mark.parametrize(("coins", "initial"), [("20", "0.02"), ("50", "0.51"), ("100", "1")])
def test_dydxs_initial_margin_grows_with_open_interest(read: Read, server: ExchangeServer, coins: str, initial: str):
    """At 60,000 between 2 and 4 million: 1.2, 3 and 6 million are below, half-way (0.02 + 0.5 x 0.98) and beyond."""
    caps = {"openInterestLowerCap": "2000000", "openInterestUpperCap": "4000000"}
    row = {"openInterest": coins, "oraclePrice": "60000", **caps}
    _spoil(server, "dydx", lambda answer: {"markets": {k: {**v, **row} for k, v in answer["markets"].items()}})
    table = read("dydx", "BTC-USD")
    assert table is not None
    assert table.tiers[0].initial_rate == Decimal(initial)
    assert table.tiers[0].maintenance.rate == Decimal("0.012")


def _margins(server: ExchangeServer, folder: Path, exchange: str, contract_id: str) -> Margins:
    network = Network(gateway=server.url, cache_folder=folder)
    symbol = symbol_of(contract(server, exchange, contract_id))
    return margin_of(Catalog().load(exchange).profile, symbol, network, datetime(2026, 11, 21, 22, 5, tzinfo=UTC))


def test_where_the_tiers_come_from_is_said(server: ExchangeServer, tmp_path: Path):
    found = _margins(server, tmp_path, "bybit", "BTCUSDT")
    assert (found.basis, found.source, found.warnings) == ("reported", "bybit risk-limit, 2026-11-21 22:05 UTC", [])
    found = _margins(server, tmp_path, "binance", "BTCUSDT")
    assert found.basis == "profile" and found.source.startswith("binance profile (")
    assert "signed requests alone; the margin tiers are those on record: binance profile" in found.warnings[0]
    found = _margins(server, tmp_path, "binance", "ETHUSDT")
    assert (found.table, found.basis, found.source) == (None, None, "")
    assert "no margin tiers of ETH/USDT:USDT are on record" in found.warnings[0]


def test_an_exchange_that_fails_is_named_and_so_is_what_stands_in(server: ExchangeServer, tmp_path: Path):
    _margins(server, tmp_path, "bybit", "BTCUSDT")
    server.faults[:] = [Fault("risk-limit", "status", status=451)]
    found = _margins(server, tmp_path, "bybit", "BTCUSDT")
    assert found.basis == "profile" and found.failure is not None
    assert "HTTP 451" in found.warnings[0] and "bybit profile (" in found.warnings[0]
    found = _margins(server, tmp_path, "bybit", "ETHUSDT")
    assert found.table is None and found.failure is not None


def test_without_a_network_the_profile_answers_and_nothing_is_asked(server: ExchangeServer):
    now = datetime(2026, 11, 21, tzinfo=UTC)
    found = margin_of(Catalog().load("bybit").profile, "BTC", None, now)
    assert (found.symbol, found.basis, found.warnings) == ("BTC/USDT:USDT", "profile", [])
    found = margin_of(Catalog().load("bybit").profile, "ETH", None, now)
    assert (found.symbol, found.table, found.warnings) == ("ETH/USDT:USDT", None, [])
    assert server.requests == []


def test_an_unknown_symbol_is_an_error_with_what_is_near(server: ExchangeServer, tmp_path: Path):
    network = Network(gateway=server.url, cache_folder=tmp_path)
    with pytest.raises(UsageError, match="LAYR"):
        margin_of(Catalog().load("bybit").profile, "LAYR", network, datetime(2026, 11, 21, tzinfo=UTC))


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_every_exchange_gives_a_price_now(server: ExchangeServer, tmp_path: Path, exchange: str):
    """The mark, or where there is none the index; OKX and HTX by the candle of the hour that runs."""
    ids = [ids[exchange] for ids in (LINEAR, INVERSE) if exchange in ids]
    for contract_id in ids:
        c: Contract = contract(server, exchange, contract_id)
        venue = open_venue(Catalog().load(exchange).profile, Network(gateway=server.url, cache_folder=tmp_path))
        found = price_now(venue, find(venue, symbol_of(c)))
        if exchange == "dydx":
            assert found == ("index", Decimal(c.index))
        else:
            assert found == ("mark", Decimal(c.mark)), contract_id


def test_the_world_has_tiers_that_join():
    """What the loopback exchange serves, by hand: 500 = 100,000 x 0.5 %, 8,000 = 500 + 500,000 x 1.5 %."""
    first, second, third = ((Decimal(t.end), Decimal(t.rate), Decimal(t.deduction)) for t in TIERS)
    assert second[2] == first[0] * (second[1] - first[1])
    assert third[2] == second[2] + second[0] * (third[1] - second[1])
