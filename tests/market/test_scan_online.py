"""`fundcli scan` over real HTTP: the ranking by hand and against `carry`, each reason to reject, and who is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal as D
from fractions import Fraction as F
from typing import Any

import pytest

from tests.conftest import Result, Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchange_server.world import DAY_MS, HOUR_MS, Level, Loan, Spot, World
from tests.exchanges.support import assert_failed, assert_partial, by_symbol

SCAN = ("scan", "-o", "json")
#: Binance: 0.10 % spot, 0.05 % perp, taker, twice each.
SPOT_FEE, PERP_FEE = F(1, 1000), F(1, 2000)
GOOD = "0.00050000"


def scanned(result: Result) -> dict[str, dict[str, Any]]:
    assert result.code == 0, result.err
    return by_symbol(result.rows)


def ranked(rows: dict[str, dict[str, Any]]) -> list[str]:
    return [symbol for symbol, row in rows.items() if row["rank"] is not None]


def with_rates(world: World, exchange: str, rates: dict[str, str]) -> World:
    for name, rate in rates.items():
        world = world.with_contract(exchange, name, rate=rate)
    return world


@pytest.fixture
def world(server: ExchangeServer) -> World:
    """Binance: three good rates, of 8 h and of 4 h, one that fees eat, one negative, one without a spot market."""
    rates = {"BTCUSDT": "0.00030000", "SOLUSDT": "0.00025000", "ETHUSDC": "0.00040000", "ETHUSDT": "-0.00100000",
             "LAYERUSDT": "0.00100000", "BTCUSD_PERP": "0.00000100"}  # fmt: skip
    server.world = with_rates(server.world, "binance", rates)
    return server.world


def average(side: Sequence[Level], coins: F) -> F:
    left, money = coins, F(0)
    for price, size in side:
        taken = min(left, F(size))
        money, left = money + taken * F(price), left - taken
    assert left == 0
    return money / coins


def by_hand(world: World, contract: str, spot: Spot, hours: int, capital: int, rate: str) -> dict[str, F]:
    """A cash-and-carry of Binance at 1x: q S + q F is the capital; the exit is the entry's other side."""
    spot_bids, spot_asks = world.spot_book("binance", spot)
    c = world.contract("binance", contract)
    bids, asks = c.book()
    s, f = (F(spot_bids[0][0]) + F(spot_asks[0][0])) / 2, (F(bids[0][0]) + F(asks[0][0])) / 2
    q = capital / (s + f)
    slipped = q * (
        (average(spot_asks, q) - s) + (f - average(bids, q)) + (s - average(spot_bids, q)) + (average(asks, q) - f)
    )
    fees = 2 * q * (s * SPOT_FEE + f * PERP_FEE)
    funding = q * f * F(rate) * F(hours, c.interval_hours)
    net = funding - fees - slipped
    return {
        "quote_notional": q * f, "gross_funding": funding, "fees": fees, "slippage": slipped, "net": net,
        "capital": F(capital), "net_on_capital": net / capital, "basis_open": f / s - 1,
        "net_apr_on_capital": net / capital * F(8760, hours),
    }  # fmt: skip


def test_the_ranking_is_that_of_a_hand_calculation(run: Run, server: ExchangeServer, world: World):
    """5 % of 200,000 each, for 14 days. Notionals are rounded down to ten digits, hence 2e-9."""
    rows = scanned(run(*SCAN, "--capital", "200k", "--hold", "14d", now=None))
    hand = {
        "BTC/USDT:USDT": by_hand(world, "BTCUSDT", Spot("BTC", "USDT"), 336, 10_000, "0.0003"),
        "SOL/USDT:USDT": by_hand(world, "SOLUSDT", Spot("SOL", "USDT"), 336, 10_000, "0.00025"),
        "ETH/USDC:USDC": by_hand(world, "ETHUSDC", Spot("ETH", "USDC"), 336, 10_000, "0.0004"),
    }
    for symbol, expected in hand.items():
        for name, value in expected.items():
            assert abs(F(rows[symbol][name]) - value) <= abs(value) * 2 * F(1, 10**9) + F(1, 10**12), (symbol, name)
        assert rows[symbol]["interval_hours"] == (4 if symbol[0] == "S" else 8)
        assert (rows[symbol]["direction"], rows[symbol]["spot_exchange"]) == ("cash-and-carry", "binance")
    best = sorted(hand, key=lambda symbol: -hand[symbol]["net_apr_on_capital"])
    assert best[0] == "SOL/USDT:USDT"  # 0.025 % per 4 h is more than 0.04 % per 8 h
    assert ranked(rows) == best
    assert [rows[symbol]["rank"] for symbol in best] == [1, 2, 3]


def same_as_carry(run: Run, row: dict[str, Any], *words: str) -> None:
    """`carry --live` of the same contract at the same notional, to the last digit."""
    asked = ("carry", "--live", "-e", row["exchange"], "-s", row["symbol"], "-n", f"{row['quote_notional']:f}")
    other = run(*asked, *words, "-o", "json", now=None)
    assert other.code == 0, other.err
    names = ("notional capital leverage rate interval_hours settlements gross_funding fees slippage borrow basis_open "
             "net net_on_capital net_apr_on_capital net_apr_over_hurdle break_even_hours direction")  # fmt: skip
    for name in names.split():
        assert row[name] == other.result[name], name


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--legs", "maker,taker", "--hurdle", "4%"),
        ("--borrow-rate", "5%", "--hold", "60d"),
        ("--collateral", "unified", "--haircut", "10%", "--shock", "30%", "--leverage", "2"),
        ("--spot-fee", "0.02%", "--perp-fee", "0.01%,0.02%"),
    ],
)
def test_a_row_is_what_carry_says_of_the_same_trade(run: Run, world: World, words: tuple[str, ...]):
    rows = scanned(run(*SCAN, "--hold", "30d", *words, now=None) if "--hold" not in words else
                   run(*SCAN, *words, now=None))  # fmt: skip
    names = ranked(rows)
    assert len(names) >= 3
    hold = () if "--hold" in words else ("--hold", "30d")
    for name in names:
        same_as_carry(run, rows[name], *hold, *words)


def test_an_inverse_contract_is_paid_in_coin_and_weighed_as_the_others(run: Run, server: ExchangeServer, world: World):
    server.world = with_rates(world, "binance", {"BTCUSD_PERP": GOOD})
    row = scanned(run(*SCAN, now=None))["BTC/USD:BTC"]
    assert (row["currency"], row["rank"]) == ("BTC", 1)
    spot = server.world.spot_book("binance", Spot("BTC", "USDT"))
    mid = (spot[0][0][0] + spot[1][0][0]) / 2
    assert abs(row["capital"] * mid - 5000) < D("0.00001")  # the coin alone
    same_as_carry(run, row)


def test_a_reverse_pays_the_exchanges_own_borrow_rate(run: Run, server: ExchangeServer):
    """OKX: 0.0192 % a day, 7.008 % a year. One request for all coins."""
    rates = {"BTC-USDT-SWAP": "-0.0005000000000000", "ETH-USDT-SWAP": "-0.0006000000000000"}
    lent = tuple(Loan(coin, "0.000192", "1000") for coin in ("BTC", "ETH"))
    server.world = replace(with_rates(server.world, "okx", rates), loans={"okx": lent})
    rows = scanned(run(*SCAN, "-e", "okx", now=None))
    for name in ("BTC/USDT:USDT", "ETH/USDT:USDT"):
        row = rows[name]
        assert (row["direction"], row["borrow_basis"], row["borrow_rate"]) == ("reverse", "reported", D("0.07008"))
        same_as_carry(run, row)
    server.requests.clear()
    run(*SCAN, "-e", "okx", now=None)
    assert len(server.seen("interest-rate-loan-quota")) == 1


def test_leverage_is_what_the_exchanges_tiers_allow(run: Run, server: ExchangeServer):
    """Bybit's tiers: 100x to 100,000 of notional, 50x beyond. What 150,000 buys at 80x lies beyond."""
    server.world = with_rates(server.world, "bybit", {"BTCUSDT": GOOD})
    asked = ("-e", "bybit", "-s", "BTC", "--capital", "150k", "--position-cap", "100%", "--leverage", "80")
    result = run(*SCAN, *asked, now=None)
    row = scanned(result)["BTC/USDT:USDT"]
    assert abs(row["leverage"] - 50) < D("1e-20")
    assert abs(row["capital"] - 150_000) < D("0.001")
    assert "not allowed the leverage" in result.err
    same_as_carry(run, row, "--leverage", "80")


def test_the_mean_of_history_takes_the_place_of_the_rate_now(run: Run, server: ExchangeServer, world: World):
    rows = scanned(run(*SCAN, "--history", "10d", "--borrow-rate", "0", now=None))
    sol = world.contract("binance", "SOLUSDT")
    paid = [F(s.rate) for s in sol.history if s.time_ms >= world.now_ms - 10 * DAY_MS]
    row = rows["SOL/USDT:USDT"]
    assert abs(F(row["rate"]) - sum(paid) / len(paid)) < F(1, 10**20)
    assert (row["rate_kind"], row["interval_basis"]) == ("mean", "observed")
    assert (row["history_settlements"], row["history_hours"]) == (len(paid), 4 * len(paid))
    assert rows["LAYER/USDT:USDT"]["rate_kind"] == "accruing"  # out before any history was asked for
    assert not server.seen("fundingRate.*LAYERUSDT")


def test_history_out_of_the_lake_asks_for_what_is_new_alone(run: Run, server: ExchangeServer, world: World):
    before = scanned(run(*SCAN, "--history", "10d", now=None))
    assert run("history", "sync", "-s", "BTC", "-s", "SOL", "--since", "20d", now=None).code == 0
    server.requests.clear()
    after = scanned(run(*SCAN, "--history", "10d", now=None))
    for name in ("BTC/USDT:USDT", "SOL/USDT:USDT"):
        assert after[name]["rate"] == before[name]["rate"]
    asked = [int(request.query["startTime"]) for request in server.seen("fundingRate.*(BTCUSDT|SOLUSDT)")]
    assert all(start > world.now_ms - DAY_MS for start in asked)


def test_cheap_questions_go_first(run: Run, server: ExchangeServer, world: World):
    """One list and one answer of rates a family, one spot list, and books of those alone that pay after fees."""
    rows = scanned(run(*SCAN, now=None))
    assert len(server.seen("/premiumIndex")) == len(server.seen("/fundingInfo")) == 2  # linear and inverse
    assert len(server.seen(r"//api\.binance\.com/api/v3/exchangeInfo")) == 1
    books = server.seen("depth")
    assert len(books) == 2 * len(ranked(rows)) == 6
    assert not any("LAYER" in request.url or "BTCUSD_PERP" in request.url for request in books)
    # settled times tell intervals: of those that have a spot market and a direction that could be priced
    assert not server.seen("fundingRate.*(LAYERUSDT|ETHUSDT|WAVES)")
    server.requests.clear()
    run(*SCAN, now=None)
    assert not server.seen("exchangeInfo")  # both lists are kept for a day


def test_the_first_levels_are_read_first_and_all_where_they_are_too_thin(
    run: Run, server: ExchangeServer, world: World
):
    """Binance's weight goes by the levels: 50 of a contract and 100 of spot cost a tenth of a thousand."""
    perp, spot = "fapi.*depth.*BTCUSDT", r"//api\.binance.*depth.*BTCUSDT"
    run(*SCAN, "-s", "BTC", now=None)
    assert [server.seen(which)[0].query["limit"] for which in (perp, spot)] == ["50", "100"]
    server.requests.clear()
    run(*SCAN, "-s", "BTC", "--capital", "50m", now=None)
    asked = [[request.query["limit"] for request in server.seen(which)] for which in (perp, spot)]
    assert asked == [["50"], ["100"]]  # spot ends it, with 40 levels: that is all it holds

    def deep(book: Any) -> Any:
        levels = [[str(50_000 + sign * step), "0.01"] for sign in (-1, 1) for step in range(1, 101)]
        return {**book, "bids": levels[:100], "asks": levels[100:]}

    server.faults.append(Fault("depth.*BTCUSDT", "rewrite", edit=deep))
    server.requests.clear()
    run(*SCAN, "-s", "BTC", "--capital", "50m", now=None)
    asked = [[request.query["limit"] for request in server.seen(which)] for which in (perp, spot)]
    assert asked == [["50", "1000"], ["100", "1000"]]


def test_two_perpetuals_on_one_spot_market_read_its_book_once(run: Run, server: ExchangeServer, world: World):
    server.world = with_rates(world, "binance", {"BTCUSD_PERP": GOOD})
    run(*SCAN, "-s", "BTC", "-s", "BTC/USD:BTC", now=None)
    assert len(server.seen(r"//api\.binance\.com.*depth")) == 1


def _edited(match: str, symbol: str, **changes: Any) -> Fault:
    def edit(rows: Any) -> Any:
        return [{**row, **changes} if row["symbol"] == symbol else row for row in rows]

    return Fault(match, "rewrite", edit=edit)


def _without(match: str, symbol: str) -> Fault:
    return Fault(match, "rewrite", edit=lambda rows: [row for row in rows if row["symbol"] != symbol])  # type: ignore[attr-defined]


PREMIUM = r"fapi\.binance\.com.*premiumIndex"
REJECTIONS: dict[str, tuple[Sequence[str], str]] = {
    "no_spot_market": ((), "LAYER/USDT:USDT"),
    "negative_after_fees": ((), "BTC/USD:BTC"),
    "borrow_unknown": ((), "ETH/USDT:USDT"),
    "against_direction": (("-d", "cash-and-carry"), "ETH/USDT:USDT"),
    "below_hurdle": (("--hurdle", "25%"), "BTC/USDT:USDT"),
    "book_not_read": (("--books", "1"), "BTC/USDT:USDT"),
    "thin_book": (("--capital", "50m"), "BTC/USDT:USDT"),
    "negative_after_slippage": (("--hold", "82h"), "BTC/USDT:USDT"),
}


@pytest.mark.parametrize("word", REJECTIONS)
def test_each_rejection_has_a_word_and_a_sentence(run: Run, world: World, word: str):
    words, symbol = REJECTIONS[word]
    row = scanned(run(*SCAN, *words, now=None))[symbol]
    assert (row["rejected"], row["rank"]) == (word, None)
    assert len(row["reason"]) > 20
    assert row["rate"] is not None


def test_a_rejected_row_holds_no_number_that_was_not_worked_out(run: Run, world: World):
    rows = scanned(run(*SCAN, "--books", "1", now=None))
    row = rows["BTC/USDT:USDT"]
    unknown = ("notional", "capital", "fees", "slippage", "borrow", "net", "net_on_capital", "net_apr_on_capital")
    assert {row[name] for name in (*unknown, "book_reach")} == {None}
    # 90 settlements of 0.03 % less 0.30 % of fees, on twice the notional, over 30 of 365 days
    assert abs(F(row["net_apr_before_slippage"]) - F(90 * 3 - 30, 20_000) * F(8760, 720)) < F(1, 10**15)
    assert rows["SOL/USDT:USDT"]["rank"] == 1


def test_a_thin_book_says_how_far_it_reaches(run: Run, world: World):
    row = scanned(run(*SCAN, "--capital", "50m", now=None))["BTC/USDT:USDT"]
    spot = world.spot_book("binance", Spot("BTC", "USDT"))
    bids, asks = world.contract("binance", "BTCUSDT").book()
    mid = (F(bids[0][0]) + F(asks[0][0])) / 2
    reach = min(sum(F(size) for _, size in side) for side in (*spot, bids, asks)) * mid
    assert abs(F(row["book_reach"]) - reach) < F(1, 10**9)
    assert str(int(reach))[:4] in row["reason"] and "too thin" in row["reason"]


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (_edited(PREMIUM, "BTCUSDT", nextFundingTime=0, lastFundingRate=""), "inactive"),
        (_without(PREMIUM, "BTCUSDT"), "no_rate"),
        (_edited(PREMIUM, "BTCUSDT", lastFundingRate="much"), "no_rate"),
    ],
)
def test_what_has_no_rate_is_rejected(run: Run, server: ExchangeServer, world: World, fault: Fault, word: str):
    server.faults.append(fault)
    row = scanned(run(*SCAN, now=None))["BTC/USDT:USDT"]
    assert (row["rejected"], row["rate"]) == (word, None)


def test_a_rate_older_than_the_others_is_stale(run: Run, server: ExchangeServer, world: World):
    server.faults.append(_edited(PREMIUM, "BTCUSDT", time=world.now_ms - HOUR_MS))
    row = scanned(run(*SCAN, now=None))["BTC/USDT:USDT"]
    assert row["rejected"] == "stale" and "60 minutes" in row["reason"]


def test_an_interval_that_only_the_profile_knows_is_none(run: Run, server: ExchangeServer):
    server.faults.append(Fault("fundingHistory", "status", status=400))
    rows = scanned(run(*SCAN, "-e", "hyperliquid", "--borrow-rate", "1%", now=None))
    assert {row["rejected"] for row in rows.values() if row["spot_symbol"]} == {"interval_unknown"}


def test_an_interval_is_looked_for_in_settled_times(run: Run, server: ExchangeServer):
    rows = scanned(run(*SCAN, "-e", "hyperliquid", "--borrow-rate", "1%", now=None))
    assert {row["interval_basis"] for row in rows.values() if row["spot_symbol"]} == {"observed"}
    asked = server.seen("fundingHistory")
    assert len({request.body[:40] for request in asked}) == 1  # every contract of Hyperliquid has one interval


def test_a_contract_without_settlements_has_no_mean(run: Run, server: ExchangeServer, world: World):
    server.world = world.with_contract("binance", "BTCUSDT", history=())
    row = scanned(run(*SCAN, "--history", "10d", now=None))["BTC/USDT:USDT"]
    assert (row["rejected"], row["rate"]) == ("no_history", None)


def test_a_mean_of_less_than_was_asked_for_is_said(run: Run, server: ExchangeServer, world: World):
    sol = world.contract("binance", "SOLUSDT")
    server.world = world.with_contract("binance", "SOLUSDT", history=sol.history[-12:])
    result = run(*SCAN, "--history", "30d", "--hold", "90d", "-s", "SOL", "--borrow-rate", "0", now=None)
    row = scanned(result)["SOL/USDT:USDT"]
    assert (row["history_settlements"], row["history_hours"]) == (12, 48)
    if row["rank"]:
        assert "less than the 720 hours" in result.err


def test_a_namesake_at_another_price_is_not_the_coin(run: Run, server: ExchangeServer, world: World):
    server.world = world.with_spot("binance", [Spot("BTC", "USDT", price="0.02130000"), Spot("SOL", "USDT")])
    assert scanned(run(*SCAN, now=None))["BTC/USDT:USDT"]["rejected"] == "prices_apart"


def test_more_than_may_be_borrowed_is_out(run: Run, server: ExchangeServer):
    world = with_rates(server.world, "okx", {"BTC-USDT-SWAP": "-0.0005000000000000"})
    server.world = replace(world, loans={"okx": (Loan("BTC", "0.000192", "0.01"),)})
    row = scanned(run(*SCAN, "-e", "okx", now=None))["BTC/USDT:USDT"]
    assert row["rejected"] == "borrow_short" and "0.01 may be" in row["reason"]


def test_a_quote_that_is_no_dollar_is_scanned_where_it_is_named(run: Run, server: ExchangeServer, world: World):
    btc = world.contract("binance", "BTCUSDT")
    euro = replace(btc, id="BTCEUR", quote="EUR", settle="EUR", rate=GOOD)
    world = world.with_contracts("binance", [*world.of("binance"), euro])
    server.world = world.with_spot("binance", [*world.spot["binance"], Spot("BTC", "EUR")])
    assert scanned(run(*SCAN, now=None))["BTC/EUR:EUR"]["rejected"] == "foreign_quote"
    rows = scanned(run(*SCAN, "--quote", "eur", now=None))
    assert list(rows) == ["BTC/EUR:EUR"] and rows["BTC/EUR:EUR"]["spot_symbol"] == "BTC/EUR"


def test_another_dollar_behind_the_perp_is_said(run: Run, server: ExchangeServer, world: World):
    server.world = world.with_spot("binance", [Spot("BTC", "USDC"), Spot("ETH", "USDC")])
    result = run(*SCAN, now=None)
    assert scanned(result)["BTC/USDT:USDT"]["spot_symbol"] == "BTC/USDC"
    assert "1 of 2 ranked buy their spot in another dollar" in result.err


def test_a_count_of_coins_is_hedged_with_so_many(run: Run, server: ExchangeServer, world: World):
    pepe = replace(world.contract("binance", "ETHUSDT"), id="1000PEPEUSDT", base="1000PEPE", mark="0.0100000",
                   index="0.0100000", rate=GOOD)  # fmt: skip
    world = world.with_contracts("binance", [*world.of("binance"), pepe])
    server.world = world.with_spot("binance", [Spot("PEPE", "USDT", price="0.000010000000")])
    row = scanned(run(*SCAN, now=None))["1000PEPE/USDT:USDT"]
    assert (row["spot_symbol"], row["spot_multiple"], row["rank"]) == ("PEPE/USDT", 1000, 1)
    same_as_carry(run, row)


def test_the_spot_leg_may_stand_on_another_exchange(run: Run, server: ExchangeServer):
    server.world = with_rates(server.world, "dydx", {"BTC-USD": "0.0001", "ETH-USD": "0.0001"})
    alone = scanned(run(*SCAN, "-e", "dydx", now=None))
    assert {row["rejected"] for row in alone.values()} == {"no_spot_market"}
    assert not server.seen("book")
    row = scanned(run(*SCAN, "-e", "dydx", "--spot-exchange", "okx", now=None))["BTC/USDC:USDC"]
    assert (row["spot_exchange"], row["spot_symbol"]) == ("okx", "BTC/USDC")
    assert row["rank"] is not None


def test_exchanges_are_ranked_together(run: Run, server: ExchangeServer, world: World):
    server.world = with_rates(world, "bybit", {"BTCUSDT": "0.0009"})
    rows = run(*SCAN, "-e", "binance", "-e", "bybit", now=None).rows
    assert (rows[0]["exchange"], rows[0]["symbol"], rows[0]["rank"]) == ("bybit", "BTC/USDT:USDT", 1)
    found = [row["net_apr_on_capital"] for row in rows if row["rank"]]
    assert found == sorted(found, reverse=True)
    assert [row["rank"] for row in rows[: len(found)]] == list(range(1, len(found) + 1))


@pytest.mark.parametrize("place", [r"api\.bybit\.com/v5/market/tickers", r"bybit.*category=spot"])
def test_an_exchange_that_fails_leaves_the_others(run: Run, server: ExchangeServer, world: World, place: str):
    server.faults.append(Fault(place, "status", status=451))
    result = run(*SCAN, "-e", "binance", "-e", "bybit", now=None)
    assert "bybit" in assert_partial(result) and {row["exchange"] for row in result.rows} == {"binance"}
    assert_failed(run(*SCAN, "-e", "bybit", now=None), 4)
    server.faults.append(Fault("binance", "status", status=451))
    line = assert_failed(run(*SCAN, "-e", "binance", "-e", "bybit", now=None), 4)
    assert "binance" in line and "bybit" in line


@pytest.mark.parametrize("place", [r"fapi.*depth.*BTCUSDT", r"//api\.binance.*depth.*BTCUSDT"])
def test_a_book_that_fails_leaves_the_others(run: Run, server: ExchangeServer, world: World, place: str):
    server.faults.append(Fault(place, "html"))
    result = run(*SCAN, now=None)
    assert "BTC/USDT:USDT" in assert_partial(result)
    rows = by_symbol(result.rows)
    assert rows["BTC/USDT:USDT"]["rejected"] == "no_book"
    assert ranked(rows) == ["SOL/USDT:USDT", "ETH/USDC:USDC"]


def test_a_history_that_fails_leaves_the_others(run: Run, server: ExchangeServer, world: World):
    server.faults.append(Fault("fundingRate.*BTCUSDT", "html"))
    result = run(*SCAN, "--history", "10d", now=None)
    assert "settled rates of BTC/USDT:USDT" in assert_partial(result)
    row = by_symbol(result.rows)["BTC/USDT:USDT"]
    assert (row["rejected"], row["rate"]) == ("no_history", None)


def test_an_exchange_that_hangs_ends_with_its_silence(run: Run, server: ExchangeServer, world: World):
    server.faults.append(Fault(r"api\.bybit\.com/v5/market/tickers", "hang"))
    result = run(*SCAN, "-e", "binance", "-e", "bybit", "--timeout", "1s", now=None)
    assert "no answer within 1 s" in assert_partial(result)


def test_a_derived_rate_is_not_strict(run: Run, server: ExchangeServer):
    server.world = with_rates(server.world, "krakenfutures", {"PF_XBTUSD": "0.0001"})
    asked = (*SCAN, "-e", "krakenfutures", "-s", "BTC", "--hold", "30d")
    assert scanned(run(*asked, now=None))["BTC/USD:USD"]["rank"] == 1
    assert "derived" in assert_failed(run(*asked, "--strict", now=None), 6)


def test_fail_if_asks_any_row(run: Run, world: World):
    for test, code in (("rank == 3", 1), ("rank == 4", 0), ("net_apr_on_capital > 15%", 1), ("net > 1m", 0)):
        assert run(*SCAN, "--fail-if", test, now=None).code == code, test


def test_top_cuts_the_ranking_and_keeps_the_reasons(run: Run, world: World):
    whole, cut = run(*SCAN, now=None).rows, run(*SCAN, "--top", "1", now=None).rows
    assert [row["rank"] for row in cut if row["rank"]] == [1]
    assert [row for row in whole if row["rejected"]] == [row for row in cut if row["rejected"]]


def test_the_screen_holds_the_ranking_and_counts_of_reasons(run: Run, world: World):
    shown = run("scan", "--hold", "14d", "--no-color", terminal=True, now=None)
    assert shown.code == 0
    lines = shown.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "3 carries at the rate now, each on 5,000 of 100,000, held 14d"
    assert any(line.startswith("1  binance   SOL/USDT:USDT") and " 4h " in line for line in lines)
    assert any(line.split()[:2] == ["borrow_unknown", "1"] for line in lines)
    each = run("scan", "--rejected", "-o", "md", now=None).out
    assert "| LAYER/USDT:USDT |" in each and "no active spot market of LAYER" in each
    piped = run("scan", "--hold", "14d", now=None).out
    assert piped.startswith("rank\texchange\tsymbol\trate\t")
    assert run("scan", "-o", "csv", now=None).out.count("\n") == 1 + len(run(*SCAN, now=None).rows)


def test_nothing_is_a_table_too(run: Run, server: ExchangeServer, world: World):
    shown = run("scan", "--hold", "1h", "--no-color", terminal=True, now=None)
    assert shown.code == 0 and shown.out.startswith("0 carries at the rate now")


def test_an_answer_is_valid_under_its_schema(run: Run, world: World):
    import json

    from jsonschema import Draft202012Validator

    schema = json.loads(run("schema", "scan").out)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for words in ((), ("--history", "10d", "--hurdle", "4%"), ("--books", "1"), ("--borrow-rate", "3%")):
        validator.validate(json.loads(run(*SCAN, *words, now=None).out))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--position-cap", "0"), "--position-cap"),
        (("--haircut", "10%"), "--haircut"),
        (("--borrow-leverage", "1"), "borrows nothing"),
        (("--capital", "0"), "--capital"),
        (("--books", "0"), "--books"),
        (("-d", "sideways"), "--direction"),
        (("-e", "binanse"), "Did you mean binance?"),
        (("--spot-exchange", "dydx"), "spot"),
        (("--spot-exchange", "okx", "--collateral", "unified"), "coin on okx is no margin on binance"),
        (("--tier", "VIP99"), "VIP99"),
        (("--offline",), "--offline"),
        (("-e", "aster"), "--spot-fee"),
        (("-e", "ftx"), "defunct"),
    ],
)
def test_a_wrong_line_is_refused_before_anything_is_asked(
    run: Run, server: ExchangeServer, words: tuple[str, ...], said: str
):
    assert said in assert_failed(run("scan", *words, now=None), 2)
    assert not server.requests


def test_an_unknown_symbol_is_refused(run: Run, server: ExchangeServer):
    assert "NOSUCH" in assert_failed(run("scan", "-s", "NOSUCH", now=None), 2)


def test_a_maintenance_rate_without_a_shock_is_said_to_change_nothing(run: Run, server: ExchangeServer):
    asked = run("scan", "-e", "okx", "--maintenance-rate", "1%", "-o", "json", now=None)
    assert "--maintenance-rate has no effect" in asked.err
    assert "no effect" not in run("scan", "-e", "okx", "--maintenance-rate", "1%", "--shock", "30%", now=None).err
