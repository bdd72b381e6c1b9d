"""`fundcli scan --books N`: who takes the place of a contract whose books cannot be priced, over real HTTP."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import Result, Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchange_server.faults import Kind
from tests.exchange_server.world import Spot, World
from tests.exchanges.support import assert_partial, by_symbol

SCAN = ("scan", "-o", "json")


def listed(world: World, count: int, apart: Sequence[int] = (), exchange: str = "binance") -> World:
    """Contracts C1 to Cn alone, the first with the best rate; the spot of some is another coin's by its price."""
    usual = world.contract("binance", "BTCUSDT")
    contracts = [
        replace(usual, id=f"C{n}USDT", base=f"C{n}", rate=f"{0.002 - n * 0.00005:.8f}") for n in range(1, count + 1)
    ]
    spot = [Spot(f"C{n}", "USDT", price="1.000000" if n in apart else "") for n in range(1, count + 1)]
    inverse = [contract for contract in world.of(exchange) if not contract.linear]  # a list without one is half a list
    return world.with_contracts(exchange, [*contracts, *inverse]).with_spot(exchange, spot)


def without_a_book(*numbers: int) -> Fault:
    return Fault(rf"fapi.*depth.*=C({'|'.join(map(str, numbers))})USDT", "html")


def thin(*numbers: int) -> Fault:
    """One coin-thousandth a side, however many levels are asked for."""

    def edit(book: Any) -> Any:
        return {**book, **{side: [[book[side][0][0], "0.001"]] for side in ("bids", "asks")}}

    return Fault(rf"fapi.*depth.*=C({'|'.join(map(str, numbers))})USDT", "rewrite", edit=edit)


def read(server: ExchangeServer) -> list[str]:
    """Whose perpetual's book was asked for, in the order of the first request."""
    found = dict.fromkeys(request.query["symbol"].removesuffix("USDT") for request in server.seen("fapi.*depth"))
    return sorted(found, key=lambda name: int(name[1:]))


def by_coin(result: Result) -> dict[str, dict[str, Any]]:
    rows = {symbol.partition("/")[0]: row for symbol, row in by_symbol(result.rows).items()}
    return {name: row for name, row in rows.items() if name[1:].isdigit()}


def places(rows: dict[str, dict[str, Any]]) -> dict[str, int]:
    return {name: row["rank"] for name, row in rows.items() if row["rank"] is not None}


def test_the_next_ones_take_the_place_of_those_that_cannot_be_priced(run: Run, server: ExchangeServer):
    """Of eight the first is another coin, the second has no book, the fourth is too thin: 3, 5 and 6 are the three."""
    server.world = listed(server.world, 8, apart=[1])
    server.faults += [without_a_book(2), thin(4)]
    result = run(*SCAN, "--books", "3", now=None)
    assert "C2/USDT:USDT" in assert_partial(result)
    rows = by_coin(result)
    assert places(rows) == {"C3": 1, "C5": 2, "C6": 3}
    out = {name: row["rejected"] for name, row in rows.items() if row["rejected"]}
    unread = dict.fromkeys(("C7", "C8"), "book_not_read")
    assert out == {"C1": "prices_apart", "C2": "no_book", "C4": "thin_book"} | unread
    assert rows["C7"]["reason"] == "6 contracts promise more before slippage, and 3 of them could be priced (--books)"
    assert read(server) == ["C1", "C2", "C3", "C4", "C5", "C6"]
    assert "looked at" not in result.err


def test_what_costs_eat_was_priced_and_is_not_replaced(run: Run, server: ExchangeServer):
    """A hurdle that only the spread keeps them below: each was looked at in full."""
    server.world = listed(server.world, 4)
    whole = by_coin(run(*SCAN, "--books", "4", now=None))
    between = (whole["C1"]["net_apr_on_capital"] + whole["C1"]["net_apr_before_slippage"]) / 2
    server.requests.clear()
    rows = by_coin(run(*SCAN, "--books", "1", "--hurdle", f"{between:.6f}", now=None))
    assert (rows["C1"]["rejected"], read(server)) == ("below_hurdle", ["C1"])


def test_no_more_than_three_times_as_many_are_read_and_the_rest_is_counted(run: Run, server: ExchangeServer):
    server.world = listed(server.world, 9)
    server.faults.append(thin(1, 2, 3, 4, 5))
    result = run(*SCAN, "--books", "2", now=None)
    assert result.code == 0, result.err
    rows = by_coin(result)
    assert places(rows) == {"C6": 1}
    assert read(server) == ["C1", "C2", "C3", "C4", "C5", "C6"]
    said = "order books of 6 contracts were read, 3 for each of --books 2, and 1 could be priced; 3 that promise less"
    assert said in result.err
    assert [name for name, row in rows.items() if row["rejected"] == "book_not_read"] == ["C7", "C8", "C9"]
    assert rows["C9"]["reason"] == "6 contracts promise more before slippage, and 1 of them could be priced (--books)"


def test_a_list_that_ends_before_is_no_more_than_that(run: Run, server: ExchangeServer):
    server.world = listed(server.world, 4)
    server.faults.append(thin(1, 2))
    result = run(*SCAN, "--books", "3", now=None)
    assert places(by_coin(result)) == {"C3": 1, "C4": 2}
    assert "looked at" not in result.err


def test_those_that_take_a_place_are_asked_together(run: Run, server: ExchangeServer):
    """Five fail; the five after them are all asked before the first of them answers, 0.5 s later."""
    server.world = listed(server.world, 10)
    server.faults.append(without_a_book(1, 2, 3, 4, 5))
    server.faults.append(Fault(r"fapi.*depth.*=C(6|7|8|9|10)USDT", "hang", seconds=0.5))
    rows = by_coin(run(*SCAN, "--books", "5", now=None))
    assert list(places(rows)) == ["C6", "C7", "C8", "C9", "C10"]
    at = [request.at for request in server.seen(r"fapi.*depth.*=C(6|7|8|9|10)USDT")]
    assert len(at) == 5 and max(at) - min(at) < 0.4


def test_the_next_one_is_asked_while_others_are_waited_for(run: Run, server: ExchangeServer):
    """The first takes 0.8 s; the second fails, and so does the fourth in its place: the fifth is asked meanwhile. The
    spot book of the second is waited for as long, and holds nobody up."""
    server.world = listed(server.world, 8)
    server.faults += [Fault(r"fapi.*depth.*=C1USDT", "hang", seconds=0.8), without_a_book(2), thin(4)]
    server.faults.append(Fault(r"//api\.binance\.com.*depth.*C2USDT", "hang", seconds=0.8))
    rows = by_coin(run(*SCAN, "--books", "3", now=None))
    assert places(rows) == {"C1": 1, "C3": 2, "C5": 3}
    assert read(server) == ["C1", "C2", "C3", "C4", "C5"]
    (first,), (fifth,) = server.seen(r"fapi.*depth.*=C1USDT"), server.seen(r"fapi.*depth.*=C5USDT")
    assert fifth.at - first.at < 0.6


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_answers_changes_neither_who_is_read_nor_what_is_said(run: Run, server: ExchangeServer, seed: int):
    """Of ten that can be priced in rank 2, 3, 6, 8, 10, ... the fifth is the tenth: so many are read, and no more."""
    server.world = listed(server.world, 14, apart=[7])
    dice = random.Random(seed)
    server.faults += [without_a_book(1, 9), thin(4, 5)]
    for n in dice.sample(range(1, 15), 14):
        where = dice.choice((r"fapi", r"//api\.binance\.com"))
        server.faults.append(Fault(rf"{where}.*depth.*=C{n}USDT", "hang", seconds=dice.random() * 0.3))
    result = run(*SCAN, "--books", "5", now=None)
    rows = by_coin(result)
    assert places(rows) == {"C2": 1, "C3": 2, "C6": 3, "C8": 4, "C10": 5}
    assert read(server) == [f"C{n}" for n in range(1, 11)]
    out = {name: row["rejected"] for name, row in rows.items() if row["rejected"] != "book_not_read"}
    assert {name: word for name, word in out.items() if word} == {
        "C1": "no_book", "C4": "thin_book", "C5": "thin_book", "C7": "prices_apart", "C9": "no_book",
    }  # fmt: skip
    assert "order books of C1/USDT:USDT, C9/USDT:USDT" in assert_partial(result)


def test_a_book_that_was_read_to_its_end_is_not_asked_for_again(run: Run, server: ExchangeServer):
    """One level where 50 were asked for: it holds no more, whatever is asked."""
    server.world = listed(server.world, 2)
    server.faults.append(thin(1))
    assert by_coin(run(*SCAN, "--books", "1", now=None))["C1"]["rejected"] == "thin_book"
    assert sorted(request.query["limit"] for request in server.seen(r"depth.*=C1USDT")) == ["100", "50"]


@pytest.mark.parametrize("kind", ["hang", "slow"])
def test_an_exchange_that_fell_silent_is_not_asked_for_more_books(run: Run, server: ExchangeServer, kind: Kind):
    """Bybit promises more and hangs, or sends a byte now and then, which no socket's timeout ends: its --timeout passes
    once, and Binance's contracts take the places."""
    server.world = listed(server.world, 6)
    server.world = server.world.with_contract("bybit", "BTCUSDT", rate="0.009")
    server.world = server.world.with_contract("bybit", "ETHUSDT", rate="0.008")
    server.faults.append(Fault(r"bybit.*orderbook", kind))
    began = time.monotonic()
    result = run(*SCAN, "-e", "binance", "-e", "bybit", "--books", "1", "--timeout", "1s", now=None)
    assert time.monotonic() - began < 5
    assert "bybit" in assert_partial(result)
    rows = {(row["exchange"], row["symbol"]): row for row in result.rows}
    assert rows["bybit", "BTC/USDT:USDT"]["rejected"] == "no_book"
    eth = rows["bybit", "ETH/USDT:USDT"]
    assert eth["rejected"] == "book_not_read" and "bybit answered nothing more" in eth["reason"]
    assert not server.seen("bybit.*orderbook.*ETH")
    assert [key for key, row in rows.items() if row["rank"]] == [("binance", "C1/USDT:USDT")]


def test_a_spot_book_that_two_share_is_not_asked_for_again(run: Run, server: ExchangeServer):
    """The second perpetual on one spot market comes a turn later."""
    world = listed(server.world, 2)
    other = replace(world.contract("binance", "C1USDT"), id="C1USDC", quote="USDC", settle="USDC", rate="0.00185000")
    server.world = world.with_contracts("binance", [*world.of("binance"), other])
    server.faults.append(thin(1))
    rows = run(*SCAN, "--books", "1", now=None)
    assert {row["symbol"]: row["rank"] for row in rows.rows if row["rank"]} == {"C2/USDT:USDT": 1}
    server.requests.clear()
    server.faults[0] = thin(1, 2)
    rows = run(*SCAN, "--books", "1", now=None)
    assert {row["symbol"]: row["rank"] for row in rows.rows if row["rank"]} == {"C1/USDC:USDC": 1}
    first = [r for r in server.seen(r"//api\.binance\.com.*depth.*C1USDT") if r.query["limit"] == "100"]
    assert len(first) == 1
