"""`carry --live`: four legs out of real order books, borrow from the exchange, capacity, and whether to hold on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from fractions import Fraction as F
from typing import Any

import pytest

from fundcli.core.units import from_ms
from tests.conftest import Result, Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchange_server.world import DAY_MS, HOUR_MS, Level, Loan, Spot, World
from tests.exchanges.support import assert_failed, iso

LIVE = ("carry", "--live", "--symbol", "BTC", "-o", "json")


def carried(result: Result) -> dict[str, Any]:
    assert result.code == 0, result.err
    return result.result


def mids(world: World, exchange: str = "binance", contract: str = "BTCUSDT") -> tuple[F, F]:
    """The mids of spot and perp."""
    return tuple(  # type: ignore[return-value]
        (F(bids[0][0]) + F(asks[0][0])) / 2
        for bids, asks in (world.spot_book(exchange, Spot("BTC", "USDT")), world.contract(exchange, contract).book())
    )


def average(side: list[Level], coins: F) -> F:
    left, money = coins, F(0)
    for price, size in side:
        taken = min(left, F(size))
        money, left = money + taken * F(price), left - taken
    assert left == 0
    return money / coins


def forward(server: ExchangeServer, rate: str = "0.00030000") -> World:
    """A rate that the short perp receives."""
    server.world = server.world.with_contract("binance", "BTCUSDT", rate=rate)
    return server.world


def test_each_leg_is_filled_from_its_side_of_its_book(run: Run, server: ExchangeServer):
    world = forward(server)
    result = carried(run(*LIVE, "-n", "100k", now=None))
    spot, perp = mids(world)
    coins = F(100_000) / perp
    spot_bids, spot_asks = world.spot_book("binance", Spot("BTC", "USDT"))
    perp_bids, perp_asks = world.contract("binance", "BTCUSDT").book()
    sides = [(spot_asks, spot, 1), (perp_bids, perp, -1), (spot_bids, spot, -1), (perp_asks, perp, 1)]
    for leg, (side, mid, sign) in zip(result["legs"], sides, strict=True):
        filled = average(side, coins)
        assert abs(F(leg["price"]) - mid) < F(1, 10**20)
        assert abs(F(leg["average_price"]) - filled) < F(1, 10**20)
        assert abs(F(leg["slippage"]) - sign * (filled - mid) * coins) < F(1, 10**15)
        assert abs(F(leg["share_of_depth"]) - coins / sum(F(size) for _, size in side)) < F(1, 10**20)
        assert leg["chance_cost"] is None
    assert abs(F(result["basis_open"]) - (perp / spot - 1)) < F(1, 10**20)
    assert (result["direction"], result["basis_pnl"], result["spot_exchange"]) == ("cash-and-carry", 0, "binance")
    assert result["fills_source"].startswith("order books of binance BTC/USDT and binance BTC/USDT:USDT, 20")
    parts = result["gross_funding"] - result["fees"] - result["slippage"] - result["borrow"] + result["basis_pnl"]
    assert result["net"] == parts


def test_a_makers_leg_shows_what_missing_it_would_cost(run: Run, server: ExchangeServer):
    world = forward(server)
    result = carried(run(*LIVE, "-n", "100k", "--legs", "maker,taker", now=None))
    _, perp = mids(world)
    bids, asks = world.spot_book("binance", Spot("BTC", "USDT"))
    coins = F(100_000) / perp
    bought, _, sold, _ = result["legs"]
    assert (bought["slippage"], sold["slippage"], bought["share_of_depth"]) == (0, 0, None)
    assert (bought["average_price"], sold["average_price"]) == (bids[0][0], asks[0][0])
    assert abs(F(bought["chance_cost"]) - (average(asks, coins) - F(bids[0][0])) * coins) < F(1, 10**15)
    assert abs(F(sold["chance_cost"]) - (F(asks[0][0]) - average(bids, coins)) * coins) < F(1, 10**15)


def test_a_book_that_is_too_thin_is_refused_and_says_how_far_it_reaches(run: Run, server: ExchangeServer):
    world = forward(server)
    _, perp = mids(world)
    side = world.spot_book("binance", Spot("BTC", "USDT"))[0]  # the thinnest: what is bought is sold again
    reaches = int(min(sum(F(size) for _, size in s) for s in (side,)) * perp)
    line = assert_failed(run(*LIVE, "-n", "50m", now=None), 2)
    thinnest = [int(word.strip(":,.")) for word in line.split() if word.strip(":,.").isdigit()]
    assert "too thin" in line and "binance shows (40 levels)" in line and "50000000" in line
    most = next(number for number in thinnest if number not in (40, 50_000_000))
    assert abs(most - reaches) <= reaches // 100
    assert run(*LIVE, "-n", str(most), now=None).code == 0
    assert_failed(run(*LIVE, "-n", str(most + 5), now=None), 2)


def test_typed_slippage_asks_for_no_book(run: Run, server: ExchangeServer):
    forward(server)
    assert carried(run(*LIVE, "--slippage", "0.02%", now=None))["slippage"] > 0
    assert not any("depth" in seen.url for seen in server.requests)


@pytest.mark.parametrize("rate", [("--rate", "0.03%"), ("--history", "10d")])
def test_books_may_stand_beside_any_rate(run: Run, server: ExchangeServer, rate: tuple[str, str]):
    world = forward(server)
    asked = ("carry", "-s", "BTC", "-d", "cash-and-carry", "-n", "50k", *rate, "-o", "json")
    plain, walked = carried(run(*asked, now=None)), carried(run(*asked, "--from-books", now=None))
    assert (plain["slippage"], walked["rate"]) == (0, plain["rate"])
    spot, perp = mids(world)
    assert abs(F(walked["legs"][0]["price"]) - spot) < F(1, 10**20)
    filled = average(world.contract("binance", "BTCUSDT").book()[0], F(50_000) / perp)
    assert abs(F(walked["legs"][1]["average_price"]) - filled) < F(1, 10**20)


def test_a_typed_price_keeps_the_basis_of_the_books(run: Run, server: ExchangeServer):
    spot, perp = mids(forward(server))
    result = carried(run(*LIVE, "--price", "50000", now=None))
    assert (result["legs"][0]["price"], result["basis_pnl"]) == (50_000, 0)
    assert abs(F(result["basis_open"]) - (perp / spot - 1)) < F(1, 10**20)
    typed = carried(run(*LIVE, "--price", "50000", "--basis-open", "1%", now=None))
    assert typed["basis_open"] == D("0.01")


def test_the_two_legs_may_stand_on_different_exchanges(run: Run, server: ExchangeServer):
    """The spot leg at OKX: its book, its fee of 0.10 %; the perp at Bybit, 0.055 %."""
    world = server.world = server.world.with_contract("bybit", "BTCUSDT", rate="0.0003")
    result = carried(run(*LIVE, "-e", "bybit", "--spot-exchange", "okx", now=None))
    spot, perp = mids(world, "okx", "BTC-USDT-SWAP")[0], mids(world, "bybit")[1]
    assert [leg["exchange"] for leg in result["legs"]] == ["okx", "bybit", "okx", "bybit"]
    assert [leg["fee_rate"] for leg in result["legs"]] == [D("0.001"), D("0.00055")] * 2
    assert abs(F(result["legs"][0]["price"]) - spot) < F(1, 10**20)
    assert abs(F(result["basis_open"]) - (perp / spot - 1)) < F(1, 10**20)
    hosts = {
        host for host in ("okx.com", "bybit.com") if any(host in r.url and "book" in r.url for r in server.requests)
    }
    assert hosts == {"okx.com", "bybit.com"}


def test_a_spot_exchange_goes_by_its_own_name_too(run: Run, server: ExchangeServer):
    """Kraken's spot markets stand in the profile of Kraken Futures: 0.80 % taker."""
    forward(server)
    result = carried(run(*LIVE, "--spot-exchange", "kraken", now=None))
    assert (result["spot_exchange"], result["legs"][0]["fee_rate"]) == ("krakenfutures", D("0.008"))
    assert "krakenfutures" in assert_failed(run(*LIVE, "--spot-exchange", "krakken", now=None), 2)


def test_an_exchange_without_a_spot_market_counts_no_slippage_for_it_and_says_so(run: Run, server: ExchangeServer):
    asked = ("carry", "-e", "dydx", "-s", "BTC", "--live", "--spot-fee", "0.1%", "-d", "cash-and-carry", "-o", "json")
    result = run(*asked, now=None)
    legs = carried(result)["legs"]
    assert [leg["average_price"] is None for leg in legs] == [True, False, True, False]
    assert "no spot market" in result.err and "--spot-exchange" in result.err
    assert "spot" in assert_failed(run(*asked, "--strict", now=None), 6)
    assert "no spot market" in assert_failed(run(*asked, "--spot-exchange", "dydx", now=None), 2)


def test_a_scaled_contract_is_hedged_with_so_many_coins(run: Run, server: ExchangeServer):
    """1000PEPE at 0.01: a coin of spot is a thousandth of a unit."""
    pepe = replace(server.world.contract("binance", "ETHUSDT"), id="1000PEPEUSDT", base="1000PEPE", mark="0.0100000",
                   index="0.0100000", rate="0.00030000")  # fmt: skip
    world = server.world.with_contracts("binance", [*server.world.of("binance"), pepe])
    server.world = world.with_spot("binance", [Spot("PEPE", "USDT", price="0.000010000000")])
    result = carried(run("carry", "--live", "-s", "1000PEPE", "-n", "1k", "-o", "json", now=None))
    assert abs(result["legs"][0]["price"] - D("0.01")) < D("0.0000001")
    assert abs(result["basis_open"]) < D("0.0001")


def test_a_namesake_at_another_price_is_no_hedge(run: Run, server: ExchangeServer):
    server.world = forward(server).with_spot("binance", [Spot("BTC", "USDT", price="0.02130000")])
    line = assert_failed(run(*LIVE, now=None), 2)
    assert "not the same coin" in line and "0.0213" in line


def test_a_small_k_is_a_thousand_by_the_exchanges_own_name(run: Run, server: ExchangeServer):
    """Hyperliquid's kPEPE, which ccxt writes KPEPE, is hedged with 1,000 PEPE."""
    perp = next(c for c in server.world.of("hyperliquid") if c.id == "kPEPE")
    price = F(perp.index) / 1000
    server.world = server.world.with_spot("hyperliquid", [Spot("PEPE", "USDC", price=f"{float(price):.12f}")])
    asked = ("carry", "-e", "hyperliquid", "-s", "KPEPE", "--live", "-n", "500", "-d", "cash-and-carry", "-o", "json")
    result = carried(run(*asked, now=None))
    assert result["legs"][0]["average_price"] is not None
    assert abs(result["basis_open"]) < D("0.01")


def test_an_inverse_carry_walks_contracts_in_money(run: Run, server: ExchangeServer):
    server.world = server.world.with_contract("binance", "BTCUSD_PERP", rate="0.00030000")
    result = carried(run("carry", "--live", "-s", "BTC/USD:BTC", "-n", "50k", "-o", "json", now=None))
    contract = server.world.contract("binance", "BTCUSD_PERP")
    bids, asks = contract.book()
    mid = (F(bids[0][0]) + F(asks[0][0])) / 2
    left, coins = F(50_000), F(0)
    for price, money in bids:
        taken = min(left, F(money))
        coins, left = coins + taken / F(price), left - taken
    assert (result["currency"], left) == ("BTC", 0)
    sold = result["legs"][1]
    assert abs(F(sold["average_price"]) - 50_000 / coins) < F(1, 10**20)
    assert abs(F(sold["slippage"]) - (coins - 50_000 / mid)) < F(1, 10**17)  # owed in coin beyond what the mid is worth
    left, coins = F(50_000), F(0)
    for price, money in asks:
        taken = min(left, F(money))
        coins, left = coins + taken / F(price), left - taken
    assert abs(F(result["legs"][3]["slippage"]) - (50_000 / mid - coins)) < F(1, 10**17)  # less coin got back


def test_a_failing_book_is_one_line(run: Run, server: ExchangeServer):
    forward(server)
    server.faults.append(Fault("api/v3/depth", "status", status=500))
    assert "binance" in assert_failed(run(*LIVE, now=None), 4)


def test_the_reverse_borrows_at_the_exchanges_own_rate(run: Run, server: ExchangeServer):
    """OKX: 0.0192 % a day on the coin for 30 d; its clock counts the hours that strike."""
    world = server.world.with_contract("okx", "BTC-USDT-SWAP", rate="-0.0003000000000000")
    server.world = replace(world, loans={"okx": (Loan("BTC", "0.000192", "100"),)})
    result = run("carry", "-e", "okx", "-s", "BTC", "--live", "-o", "json", now=None)
    answer = carried(result)
    spot = mids(server.world, "okx", "BTC-USDT-SWAP")[0]
    owed = F(answer["quantity"]) * spot
    assert abs(F(answer["borrow"]) - owed * F("0.000192") * 30) < F(1, 10**15)
    assert (answer["borrow_interest"], answer["direction"]) == (answer["borrow"], "reverse")
    assert "okx" in answer["borrow_source"]
    assert answer["borrow_rate"] == D("0.07008")
    typed = carried(run("carry", "-e", "okx", "-s", "BTC", "--live", "--borrow-rate", "3.65%", "-o", "json", now=None))
    assert abs(F(typed["borrow"]) - owed * F("0.0001") * 30) < F(1, 10**15)


def test_more_than_may_be_borrowed_is_said(run: Run, server: ExchangeServer):
    world = server.world.with_contract("okx", "BTC-USDT-SWAP", rate="-0.0003000000000000")
    server.world = replace(world, loans={"okx": (Loan("BTC", "0.000192", "0.1"),)})
    result = run("carry", "-e", "okx", "-s", "BTC", "--live", "-n", "100k", "-o", "json", now=None)
    assert carried(result)["borrow_available"] == D("0.1")
    assert "may be" in result.err


def test_net_against_size_stops_where_the_books_do(run: Run, server: ExchangeServer):
    forward(server, "0.00050000")
    answer = carried(run(*LIVE, "--notionals", "10k..1m", "--hurdle", "23%", now=None))
    found = answer["capacity"]
    sizes = found["sizes"]
    assert [size["notional"] for size in sizes][:3] == [10_000, 20_000, 50_000]
    assert found["beyond"][-1] == 1_000_000
    for size in sizes:
        alone = carried(run(*LIVE, "-n", str(size["notional"]), now=None))
        assert (alone["net"], alone["net_apr_on_capital"]) == (size["net"], size["net_apr_on_capital"])
    rates = [size["net_apr_on_capital"] for size in sizes]
    assert rates == sorted(rates, reverse=True)
    best = carried(run(*LIVE, "-n", str(found["best_notional"]), now=None))
    assert abs(best["net"] - found["best_net"]) < D("1e-12")
    for factor in ("0.9", "1.1"):
        near = found["best_notional"] * D(factor)
        if near <= found["largest_notional"]:
            assert carried(run(*LIVE, "-n", f"{near:f}", now=None))["net"] <= found["best_net"]
    at = found["notional_at_hurdle"]
    assert 0 < at < found["largest_notional"]
    assert carried(run(*LIVE, "-n", f"{at:f}", now=None))["net_apr_on_capital"] >= D("0.23")
    assert carried(run(*LIVE, "-n", f"{at + D('0.02'):f}", now=None))["net_apr_on_capital"] < D("0.23")


def test_hold_close_or_switch(run: Run, server: ExchangeServer):
    """Keep is the net and its two opening fills; switch is the net of the other contract and the two closing fills."""
    world = forward(server, "0.00005000").with_contract("okx", "BTC-USDT-SWAP", rate="0.0009000000000000")
    server.world = world
    entered = iso(world.now_ms - 5 * DAY_MS)
    asked = (*LIVE, "--entered", entered, "--hold", "14d", "--switch-exchange", "okx")
    answer = carried(run(*asked, now=None))
    found = answer["choices"]
    keep, close, switch = found["rows"]
    paid = [leg["fee"] + leg["slippage"] for leg in answer["legs"]]
    assert (keep["choice"], close["choice"], switch["choice"]) == ("keep", "close", "switch")
    assert keep["net"] == answer["net"] + paid[0] + paid[1]
    assert close["net"] == -(paid[2] + paid[3])
    other = carried(run(*LIVE, "-e", "okx", "--hold", "14d", now=None))
    assert switch["net"] == other["net"] - paid[2] - paid[3]
    assert (switch["exchange"], found["best"]) == ("okx", "switch")
    crossed = [s for s in world.contract("binance", "BTCUSDT").history if s.time_ms > world.now_ms - 5 * DAY_MS]
    received = sum(F(answer["quantity"]) * F(s.mark) * F(s.rate) for s in crossed)
    assert found["settlements_to_date"] == len(crossed)
    assert abs(F(found["funding_to_date"]) - received) < F(1, 10**15)


def test_what_is_said_of_an_exchange_is_said_once_when_both_contracts_stand_there(run: Run, server: ExchangeServer):
    """The exchange's clock is an hour behind this computer's."""
    world = forward(server, "0.00005000")
    late = from_ms(world.now_ms + HOUR_MS)
    words = ("--entered", iso(world.now_ms - DAY_MS), "--switch-to", "ETH")
    result = run(*LIVE, *words, now=late)
    assert result.code == 0
    assert result.err.count("binance: the answer is stamped") == 1
    assert "binance: binance" not in result.err
    away = run(*LIVE, *words[:2], "--switch-exchange", "okx", now=late).err
    assert away.count("binance: the answer is stamped") == away.count("okx: the answer is stamped") == 1


def test_what_is_open_keeps_its_direction(run: Run, server: ExchangeServer):
    world = forward(server, "-0.00030000")
    answer = carried(run(*LIVE, "--entered", iso(world.now_ms - DAY_MS), now=None))
    assert answer["direction"] == "cash-and-carry"
    assert answer["choices"]["best"] == "close"
    assert (
        carried(run(*LIVE, "-d", "reverse", "--entered", iso(world.now_ms - DAY_MS), now=None))["choices"]["best"]
        == "keep"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rate", "0.01%", "--notionals", "10k..1m"), "--notionals belongs to --live or --from-books"),
        (("--rate", "0.01%", "--switch-to", "ETH"), "--switch-to belongs to --entered"),
        (("--rate", "0.01%", "--entered", "2026-11-01", "--switch-to", "ETH"), "--switch-rate"),
        (("--rate", "0.01%", "--entered", "2027-11-01"), "future"),
        (("--rate", "0.01%", "--position-cap", "5%"), "--equity"),
        (("--live", "--notionals", "10k..1k"), "start"),
        (("--rate", "0.01%", "--haircut", "10%"), "--haircut"),
        (("--rate", "0.01%", "--spot-leverage", "0.5"), "borrows nothing"),
    ],
)
def test_options_that_do_not_go_together_are_refused(run: Run, words: tuple[str, ...], said: str):
    result = run("carry", *words)
    assert (result.code, result.out) == (2, "")
    assert said in result.err and result.err.count("\n") == 1


def test_the_position_cap_is_warned_about(run: Run):
    """20,000 of 100,000 is beyond 5 %, and not beyond 20 %."""
    over = run("carry", "--rate", "0.01%", "--equity", "100k", "-o", "json")
    assert carried(over)["share_of_equity"] == D("0.2")
    assert "position cap of 5%" in over.err and "5,000" in over.err
    assert run("carry", "--rate", "0.01%", "--equity", "100k", "--position-cap", "20%").err == ""


def test_the_margin_is_that_of_the_tier_at_this_notional(run: Run, server: ExchangeServer):
    """Bybit's tiers: 100x to 100,000, 50x to 500,000. At 150,000 a wish for 80x becomes 50x: 3,000."""
    server.world = server.world.with_contract("bybit", "BTCUSDT", rate="0.0003")
    asked = ("carry", "-e", "bybit", "-s", "BTC", "--live", "--leverage", "80", "-o", "json")
    small = run(*asked, "-n", "80k", now=None)
    assert abs(carried(small)["capital_perp_margin"] - 1000) < D("1e-20")
    large = run(*asked, "-n", "150k", now=None)
    assert abs(carried(large)["capital_perp_margin"] - 3000) < D("1e-20")
    assert "bybit allows 50x at this notional, not 80x" in large.err
    assert "allows" not in small.err


def test_the_buffer_for_a_shock_rests_on_the_exchanges_own_tiers(run: Run, server: ExchangeServer):
    """80,000 at 10x, up by half: 40,000 lost, 120,000 x 1 % - 500 asked for, 8,000 there: 32,700."""
    server.world = server.world.with_contract("bybit", "BTCUSDT", rate="0.0003")
    asked = ("carry", "-e", "bybit", "-s", "BTC", "--live", "-l", "10", "--shock", "50%", "-n", "80k", "-o", "json")
    result = run(*asked, now=None)
    assert abs(carried(result)["capital_shock"] - D(32_700)) < D("1e-15")
    typed = carried(run(*asked, "--maintenance-rate", "2%", now=None))  # 40,000 + 2,400 - 8,000
    assert abs(typed["capital_shock"] - D(34_400)) < D("1e-15")


def test_one_account_needs_no_word_about_maintenance_margin(run: Run, server: ExchangeServer):
    """Its legs make up for each other, so that no tier enters the capital; with cash margin Binance's is in doubt."""
    forward(server)
    cash = run(*LIVE, "-l", "3", "--shock", "30%", now=None)
    assert "margin tiers" in cash.err
    assert "margin tiers" not in run(*LIVE, "-l", "3", "--shock", "30%", "--collateral", "unified", now=None).err
