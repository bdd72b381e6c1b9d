"""Unified accounts in a file of positions: borrowed spot, two dollars, inverse contracts; expected values by hand."""

import re
from decimal import Decimal as D

import pytest

from tests.commands.expect import answered, refused

# 1 BTC sold for 60,000 on 20,000, bought as a perpetual; half of it again as an inverse contract; ETH in USDC.
REVERSE = """
accounts: {uta: 80k}
positions:
  - {exchange: bybit, market: spot, symbol: BTC, side: short, size: 1, entry: 60000, price: 61000, account: uta,
     borrow_rate: 7.3%, maintenance_rate: 4%}
  - {exchange: bybit, symbol: BTC, side: long, size: 1, entry: 60000, price: 61000, leverage: 5, account: uta,
     maintenance_rate: 0.5%, rate: -0.01%, interval: 8h}
  - {exchange: bybit, symbol: "BTC/USD:BTC", side: short, size: 30000, entry: 60000, price: 61000, leverage: 5,
     account: uta, maintenance_rate: 0.5%, rate: 0.01%, interval: 8h}
  - {exchange: bybit, symbol: "ETH/USDC:USDC", side: long, size: 10, entry: 3000, price: 3100, leverage: 10,
     account: uta, maintenance_rate: 1%, rate: 0.01%, interval: 8h}
"""


def test_an_account_of_borrowed_coins_two_dollars_and_an_inverse_contract(priced):
    """80,000 - 61,000 + 1,000 - 500 + 1,000: the inverse short of 30,000 loses 30,000 x 1,000 / 60,000. Maintenance is
    2,440 + 305 + 150 + 310. At P the coin leaves 80,000 + 1,000 - 310 - 60,000 + 30,000 - 150 - P (0.5 + 0.005 + 0.04);
    ETH 80,000 - 61,000 + 1,000 - 500 - 2,440 - 305 - 150 - 30,000 + 9.9 P."""
    result = priced(REVERSE, "--shocks=50%,-60%")
    (account,), (exchange,) = result["accounts"], result["exchanges"]
    assert (account["currency"], account["positions"], account["collateral_positions"]) == ("USDT", [2, 3, 4], [1])
    assert (account["balance"], account["collateral"]) == (80_000, -61_000)
    assert abs(account["equity"] - 20_500) < D("1e-17")
    assert abs(account["initial_margin"] - (12_200 + 6_000 + 3_100)) < D("1e-17")
    assert abs(account["maintenance_margin"] - 3_205) < D("1e-17")
    assert abs(account["transfer"] - (D("1.75") * 21_300 - 20_500)) < D("1e-17")
    assert abs(exchange["unrealised_pnl"] - 1_500) < D("1e-17")
    debt, linear, inverse, eth = result["positions"]
    at = D(50_540) / D("0.545")
    for row in (debt, linear, inverse):
        assert abs(row["liquidation_price"] - at) < D("1e-15")
    assert abs(eth["liquidation_price"] - D(13_395) / D("9.9")) < D("1e-15")
    assert (debt["collateral"], debt["maintenance_margin"], debt["maintenance_basis"]) == (-61_000, 2_440, "given")
    assert (debt["margin_ratio"], debt["borrow_per_day"]) == (None, D("-12.2"))
    assert abs(inverse["unrealised_pnl"] - (D(30_000) / 61_000 - D("0.5"))) < D("1e-17")  # of itself in coin
    up, down = result["stress"]
    # +50 %: -30,500 + 30,500 - 15,250 + 15,500; -60 %: 18,300 - 18,600
    assert [money["currency"] for money in up["money"]] == ["USDT"]
    assert abs(up["money"][0]["pnl"] - 250) < D("1e-17")
    assert abs(down["money"][0]["equity"] - 20_200) < D("1e-17")
    assert (up["liquidated"], down["liquidated"]) == ([], [])


def test_an_account_that_could_not_be_is_said_to_be_gone_and_not_to_be_safe_for_ever(book):
    """A balance without the 60,000 that the coins brought: 20,000 - 61,000 + 1,500. No price of BTC mends that."""
    short = REVERSE.replace("80k", "20k")
    result = book(short, "-o", "json")
    rows = answered(result)["positions"]
    assert [row["liquidated"] for row in rows] == [True] * 4
    assert result.err.count("account 'uta': its equity is gone at the prices of now") == 1
    assert "what the sale of the owed coins brought?" in result.err
    assert "from its liquidation price" not in result.err
    screen = book(short, terminal=True).out
    assert "by now" in screen and "never" not in screen
    whole = book(REVERSE, "-o", "json")
    assert [row["liquidated"] for row in answered(whole)["positions"]] == [False] * 4
    assert "is gone" not in whole.err
    alone = book(
        "positions:\n- {exchange: binance, symbol: BTC, side: long, size: 1, entry: 60000, price: 53000, leverage: 10}",
        "-o",
        "json",
    )
    assert [row["liquidated"] for row in answered(alone)["positions"]] == [True]
    assert "position 1, binance BTC/USDT:USDT long: its margin is gone at the prices of now" in alone.err


def test_each_total_has_its_own_funding_and_the_account_stands_in_one_of_them(priced):
    """6.1 x 3 received of the linear long; short 30,000 / 61,000 BTC at 0.01 %; -3.1 x 3 in USDC."""
    totals = {row["currency"]: row for row in priced(REVERSE)["totals"]}
    assert (totals["USDT"]["funding_24h"], totals["USDC"]["funding_24h"]) == (D("18.3"), D("-9.3"))
    assert abs(totals["BTC"]["converted_funding_24h"] - 9) < D("1e-12")
    assert (totals["USDT"]["margin"], totals["USDC"]["margin"], totals["BTC"]["margin"]) == (80_000, 0, 0)
    assert (totals["USDC"]["equity"], totals["BTC"]["equity"], totals["USDC"]["unrealised_pnl"]) == (0, 0, 1_000)
    assert totals["USDT"]["spot_value"] == totals["USDT"]["collateral"] == -61_000
    assert totals["USDT"]["net_per_day"] == D("18.3") - D("12.2")


def test_what_counts_at_par_and_what_is_counted_as_zero_is_said(book):
    text = REVERSE.replace(", maintenance_rate: 4%", "")
    done = book(text, "-o", "json")
    row = answered(done)["positions"][0]
    assert "bybit BTC/USD:BTC short: its USD counts at par in the account 'uta' of USDT" in done.err
    assert "bybit ETH/USDC:USDC long: its USDC counts at par in the account 'uta' of USDT" in done.err
    assert (
        "maintenance margin of its borrowed coins is counted as zero, as nobody says it (`maintenance_rate`)"
        in done.err
    )
    assert (row["maintenance_margin"], row["maintenance_basis"]) == (None, None)
    assert row["maintenance_source"] == "counted as zero, as nobody says it"
    assert done.result["accounts"][0]["maintenance_margin"] < 800  # 765 of the perpetuals
    refused(book(text, "--strict"), 6, "borrowed coins is counted as zero")
    assert book(REVERSE, "--strict", "-q").code == 0


INVERSE = """
accounts: {uta: BALANCE}
positions:
  - {exchange: okx, symbol: "BTC/USD:BTC", side: short, notional: 60000, entry: 60000, price: 60000, leverage: 3,
     account: uta, maintenance_rate: 1%, fee: 0}
  - {exchange: okx, symbol: "ETH/USD:ETH", side: long, notional: 6000, entry: 3000, price: 3000, leverage: 3,
     account: uta, maintenance_rate: 1%, fee: 0}
"""


def test_an_account_of_inverse_contracts_says_what_money_it_is_held_in(priced, book):
    """30,000 + 60,000 - P - 600 - 60 = 0 and 30,000 - 600 - 60 + 2 P - 6,000: never."""
    for balance in ("30k USDT", "30k usd"):
        result = priced(INVERSE.replace("BALANCE", balance))
        (account,) = result["accounts"]
        assert (account["currency"], account["balance"]) == (balance[4:].upper(), 30_000)
        assert abs(result["positions"][0]["liquidation_price"] - 89_340) < D("1e-15")
        assert (result["positions"][1]["liquidation_price"], result["positions"][1]["liquidation_unknown"]) == (
            None,
            None,
        )
        totals = {row["currency"]: row for row in result["totals"]}
        assert abs(totals[account["currency"]]["equity"] - 30_000) < D("1e-17")
        assert (totals["BTC"]["equity"], totals["ETH"]["equity"]) == (0, 0)
    refused(
        book(INVERSE.replace("BALANCE", "0.5")), 3, "positions.1.account: 'uta' is held in BTC, and ETH/USD:ETH has"
    )
    assert "par" not in book(INVERSE.replace("BALANCE", "30k USD"), "-o", "json").err
    alone = INVERSE[: INVERSE.index('  - {exchange: okx, symbol: "ETH')]
    (account,) = priced(alone.replace("BALANCE", "0.5 BTC"))["accounts"]
    assert (account["currency"], account["equity"]) == ("BTC", D("0.5"))


def test_both_kinds_of_binances_contracts_are_one_house(priced, book):
    """Portfolio margin: equity / maintenance; 30,000 of 300 and 300."""
    text = """
accounts: {pm: 30k}
positions:
  - {exchange: binance, symbol: BTC, side: short, size: 1, entry: 60000, price: 60000, leverage: 5, account: pm,
     maintenance_rate: 0.5%}
  - {exchange: binancecoinm, symbol: BTC, side: long, notional: 60000, entry: 60000, price: 60000, leverage: 5,
     account: pm, maintenance_rate: 0.5%}
"""
    rows = priced(text)["positions"]
    assert {row["exchange_margin_ratio_is"] for row in rows} == {"equity / maintenance"}
    assert abs(rows[0]["exchange_margin_ratio"] - 50) < D("1e-20")
    # 30,000 + 60,000 - P + P - 60,000 is 30,000 at every price: less 300 it is 0.5 % of 5,940,000
    assert all(abs(row["liquidation_price"] - 5_940_000) < D("1e-12") for row in rows)
    other = text.replace("binancecoinm, symbol: BTC", "bybit, symbol: BTCUSD")
    refused(book(other), 3, "positions.1.account", "an account of binance")


PERP = "{exchange: bybit, symbol: BTC, side: long, size: 1, entry: 5, leverage: 2, account: a}"


def _with(more, balance="5k"):
    return f"accounts: {{a: {balance}}}\npositions:\n  - {PERP}\n  - {{exchange: bybit, {more}}}"


SOLD = "market: spot, symbol: BTC, side: short, size: 1, entry: 5"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (_with(f"{SOLD}, account: a, haircut: 5%"), ("positions.1.haircut", "owed in full")),
        (_with(f"{SOLD}, haircut: 5%"), ("positions.1.haircut", "owed in full")),
        (_with(f"{SOLD}, maintenance_rate: 5%"), ("positions.1.maintenance_rate", "belongs to a perp")),
        (_with(f"{SOLD}, account: a, maintenance_rate: 100%"), ("positions.1.maintenance_rate", "out of bounds")),
        (_with(f"{SOLD}, account: a, maintenance_amount: 5"), ("positions.1.maintenance_amount", "belongs to a perp")),
        (_with(f"{SOLD}, account: a, leverage: 3"), ("positions.1.leverage", "belongs to a perp")),
        (_with("market: spot, symbol: BTC, side: long, size: 1, entry: 5, account: a, maintenance_rate: 5%"),
         ("positions.1.maintenance_rate", "belongs to a perp")),
        (_with("market: spot, symbol: BTC/EUR, side: short, size: 1, entry: 5, account: a"),
         ("positions.1.account", "held in USDT", "BTC/EUR", "`account`")),
        (_with("symbol: ETH/EUR:EUR, side: long, size: 1, entry: 5, leverage: 2, account: a"),
         ("positions.1.account", "held in USDT, and ETH/EUR:EUR has no price in that")),
        (_with("symbol: ETH/EUR:ETH, side: long, notional: 1, entry: 5, leverage: 2, account: a"),
         ("positions.1.account", "held in USDT, and ETH/EUR:ETH has no price in that")),
        (_with("symbol: ETH, side: long, size: 1, entry: 5, leverage: 2, account: a", "5k EUR"),
         ("positions.0.account", "held in EUR", "`a: 20k USDT`")),
        (_with("symbol: ETH, side: long, size: 1, entry: 5, leverage: 2, account: a", "1 BTC"),
         ("positions.0.account", "held in BTC")),
        (_with("symbol: ETH, side: long, size: 1, entry: 5, leverage: 2, account: a", "USDT"), ("accounts.a", "USDT")),
        (_with("symbol: ETH, side: long, size: 1, entry: 5, leverage: 2, account: a", "5k 6k USDT"), ("accounts.a",)),
        (f"accounts: {{a: 5}}\npositions:\n  - {{exchange: bybit, {SOLD}, account: a}}",
         ("positions.0.account", "'a' holds no perpetual")),
        (_with(f"{SOLD}, account: a").replace("bybit, market", "okx, market"),
         ("positions.1.account", "an account of bybit")),
        (_with(f"{SOLD}, account: a", "!!str 5k"), ("book.yaml:1", "tags like `!!str` are not read")),
        (_with(f"{SOLD}, account: a").replace("symbol: BTC, side: short", 'symbol: "B\\x1bC", side: short'),
         ("positions.1.symbol", "U+001B")),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_place(book, wrong, words):
    refused(book(wrong), 3, "book.yaml", *words)


def test_a_table_with_owed_coins_fits_80_columns_and_names_them(book):
    shown = book(REVERSE, "--no-color", "-q", terminal=True).out
    assert max(map(len, shown.splitlines())) <= 80
    assert "Spot that is collateral, and coins that are owed" in shown
    assert re.search(r"^1 +uta +BTC +1 +61,000 +– +-61,000$", shown, re.MULTILINE)
    assert re.search(r"^1 +– +– +2,440 +– +92,733\.94\d* +52\.02% +uta$", shown, re.MULTILINE)
    assert re.search(r"^uta +USDT +2, 3, 4 +80,000 +-61,000 +20,500 +3,205 ", shown, re.MULTILINE)
