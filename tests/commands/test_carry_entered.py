"""`carry --entered` without an exchange: what settled comes from the lake, or is not known and said so."""

from __future__ import annotations

from decimal import Decimal as D
from pathlib import Path

import pytest

from tests.commands.expect import answered
from tests.conftest import Run
from tests.lake.filling import every, fill

HELD = ("carry", "--symbol", "BTC", "--rate", "0.01%", "--hold", "30d", "-o", "json")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Where the commands keep the lake."""
    return tmp_path / "data" / "lake"


def test_what_settled_since_comes_from_the_lake(run: Run, lake: Path):
    """From 1 January 00:00 on each 8 h. Entered on the 3rd at 00:00: that settlement was not received; of the ten
    after it until the 6th at 08:00 each brought 0.02 % of 10,000."""
    fill(lake, every(8, "2026-01-01", "0.0001 " * 7 + "0.0002 " * 10))
    result = run(*HELD, "--entered", "2026-01-03T00:00Z", "--as-of", "2030-01-01")
    assert result.code == 2  # --as-of lies in the future
    found = answered(run(*HELD, "--entered", "2026-01-03T00:00Z"))["choices"]
    assert (found["settlements_to_date"], found["funding_to_date"]) == (10, 20)
    assert found["entry_costs"] == 15
    assert [(row["choice"], row["net"]) for row in found["rows"]] == [("keep", 75), ("close", -15)]
    assert found["best"] == "keep"


def test_without_a_lake_it_is_not_known(run: Run):
    result = run(*HELD, "--entered", "2026-01-03T00:00Z")
    found = answered(result)["choices"]
    assert (found["settlements_to_date"], found["funding_to_date"]) == (None, None)
    assert "is not known" in result.err


def test_the_contract_to_move_to_has_its_own_rate(run: Run):
    """0.03 % x 90 of 10,000 is 270, four fills 30, and the two that close what is open 15."""
    found = answered(run(*HELD, "--entered", "2026-01-03", "--switch-to", "ETH", "--switch-rate", "0.03%"))["choices"]
    moved = found["rows"][2]
    assert (moved["symbol"], moved["rate"], moved["net"]) == ("ETH/USDT:USDT", D("0.0003"), 225)
    assert found["best"] == "switch"
    away = answered(run(*HELD, "--entered", "2026-01-03", "--switch-exchange", "okx", "--switch-rate", "0.01%"))
    assert away["choices"]["rows"][2]["exchange"] == "okx"


def test_an_inverse_contract_received_what_its_money_was_worth_in_coin(run: Run, lake: Path):
    """10,000 USD, whatever the price is now. Settled at 50,000 and 62,500: 0.01 % of 0.2 BTC and of 0.16 BTC."""
    for time, price in (("2026-01-03T00:00", "50000"), ("2026-01-03T08:00", "62500")):
        fill(lake, every(8, time, "0.0001"), symbol="BTC/USD:BTC", price=D(price))
    inverse = ("carry", "-s", "BTC/USD:BTC", "--price", "60000", "--rate", "0.01%", "-o", "json")
    told = answered(run(*inverse, "--basis-open", "1%", "--entered", "2026-01-02T20:00Z"))["choices"]
    assert (told["settlements_to_date"], told["funding_to_date"]) == (2, D("0.000036"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--switch-to", "BTC"), "is the contract that is open"),
        (("--switch-exchange", "binance"), "is the contract that is open"),
        (("--switch-to", "BTC/USD:BTC", "--price", "60000"), "pays in BTC and BTC/USDT:USDT in USDT"),
    ],
)
def test_what_cannot_be_moved_to_is_refused(run: Run, words: tuple[str, ...], said: str):
    result = run(*HELD, "--entered", "2026-01-03", *words, "--switch-rate", "0.03%")
    assert (result.code, result.out) == (2, "")
    assert said in result.err and result.err.count("\n") == 1


def test_a_typed_price_is_that_of_the_same_coin_elsewhere_and_dollars_are_at_par(run: Run):
    inverse = ("carry", "-s", "BTC/USD:BTC", "--price", "60000", "--rate", "0.01%", "--entered", "2026-01-03")
    away = answered(run(*inverse, "--switch-exchange", "okx", "--switch-rate", "0.02%", "-o", "json"))
    assert away["choices"]["rows"][2]["symbol"] == "BTC/USD:BTC"
    dollars = run(*HELD, "--entered", "2026-01-03", "--switch-exchange", "hyperliquid", "--switch-rate", "0.001%")
    assert answered(dollars)["choices"]["rows"][2]["symbol"] == "BTC/USDC:USDC"
    assert "taken at par" in dollars.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--entered", "2026-01-03", "--switch-rate", "0.03%"), "--switch-to"),
        (("--entered", "2026-01-03", "--switch-to", "ETH", "--switch-rate", "0.03%", "--live"), "--live"),
    ],
)
def test_a_rate_of_nothing_to_move_to_is_refused(run: Run, words: tuple[str, ...], said: str):
    rate = () if "--live" in words else ("--rate", "0.01%")
    result = run("carry", *rate, *words, "--gateway", "http://127.0.0.1:9", "--timeout", "2s")
    assert result.code == 2 and said in result.err and "--switch-rate" in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--maintenance-rate", "1%"), "--maintenance-rate has no effect"),
        (("-d", "reverse", "--collateral", "unified", "--haircut", "5%", "--borrow-rate", "1%"), "--haircut has no"),
        (("--spot-exchange", "okx", "--tier", "VIP1"), "okx takes its base fee"),
    ],
)
def test_what_changes_nothing_is_said(run: Run, words: tuple[str, ...], said: str):
    result = run("carry", "--rate", "0.01%", *words)
    assert result.code == 0 and said in result.err
