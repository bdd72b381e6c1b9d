"""Spot as collateral in a file of positions; expected values by hand."""

import re
from decimal import Decimal as D

import pytest

from tests.commands.expect import answered, refused

UNIFIED = """
accounts: {uta: 20k}
positions:
  - {exchange: bybit, market: spot, symbol: BTC, side: long, size: 1, entry: 59990, price: 60950, account: uta,
     haircut: 5%}
  - {exchange: bybit, symbol: BTC, side: short, size: 1, entry: 60000, price: 61000, leverage: 5, account: uta,
     maintenance_rate: 0.5%}
  - {exchange: bybit, symbol: ETH, side: long, size: 10, entry: 3000, price: 3100, leverage: 10, account: uta,
     maintenance_rate: 1%}
"""
CARRY = """
accounts: {uta: 1k}
positions:
  - {exchange: bybit, symbol: BTC, side: short, size: 1, entry: 60000, price: 60000, leverage: 5, account: uta,
     maintenance_rate: 0.5%}
  - {exchange: bybit, market: spot, symbol: BTC, side: long, size: 1, entry: 60000, price: 60000, account: uta,
     haircut: 20%}
"""


def test_spot_after_its_haircut_is_equity_of_its_account(priced):
    """20,000 - 1,000 + 1,000 + 0.95 x 60,950 = 77,902.5, of 12,200 + 3,100 of initial margin. The coin's price moves
    both: 20,000 + 60,000 + 1,000 - 310 - P (1.005 - 57,902.5 / 61,000) = 0. ETH cannot lose so much."""
    result = priced(UNIFIED)
    (account,) = result["accounts"]
    assert (account["positions"], account["collateral_positions"]) == ([2, 3], [1])
    assert (account["balance"], account["collateral"], account["equity"]) == (20_000, D("57902.5"), D("77902.5"))
    assert abs(account["margin_ratio"] - D("77902.5") / 15_300) < D("1e-20")
    assert (account["initial_margin"], account["maintenance_margin"], account["transfer"]) == (15_300, 615, 0)
    spot, btc, eth = result["positions"]
    assert (spot["account"], spot["haircut"], spot["collateral"]) == ("uta", D("0.05"), D("57902.5"))
    assert (btc["haircut"], btc["collateral"]) == (None, 0)
    at = D(80_690) / (D("1.005") - D("57902.5") / 61_000)
    assert abs(btc["liquidation_price"] - at) < D("1e-15")
    assert abs(btc["liquidation_distance"] - (at / 61_000 - 1)) < D("1e-20")
    assert (eth["liquidation_price"], eth["liquidation_unknown"]) == (None, None)
    (exchange,), (total,) = result["exchanges"], result["totals"]
    assert exchange["margin"] + exchange["collateral"] + exchange["unrealised_pnl"] == exchange["equity"]
    assert (total["equity"], total["collateral"], total["spot_value"]) == (D("77902.5"), D("57902.5"), 60_950)


def test_without_a_haircut_it_counts_for_nothing_and_that_is_said(book):
    done = book(UNIFIED.replace(",\n     haircut: 5%", ""), "-o", "json")
    result = answered(done)
    assert result["accounts"][0]["equity"] == 20_000
    assert (result["positions"][0]["haircut"], result["positions"][0]["collateral"]) == (None, 0)
    assert "bybit BTC/USDT long: without a `haircut` it is no collateral of 'uta'" in done.err
    assert "collateral of" not in book(UNIFIED).err
    at = D(80_690) / D("1.005")
    assert abs(result["positions"][1]["liquidation_price"] - at) < D("1e-20")


def test_a_rally_leaves_a_carry_on_its_own_spot_alive_until_the_haircut_is_gone(priced):
    """It dies at 61,000 / 0.205 = 297,561. At +100 %: 1,000 - 60,000 + 96,000 against 1.75 x 24,000. At +400 % it has
    1,000 of 1,500: 49,000 of equity are lost, the coins of the haircut gain 0.2 x 240,000."""
    result = priced(CARRY, "--shocks=100%,400%,-50%")
    assert abs(result["positions"][0]["liquidation_price"] - D(61_000) / D("0.205")) < D("1e-20")
    double, five, half = result["stress"]
    (money,) = double["money"]
    assert (double["liquidated"], money["pnl"], money["net"], money["equity"]) == ([], 0, 0, 37_000)
    assert (money["transfer"], double["transfers"][0]["amount"]) == (5_000, 5_000)
    (money,) = five["money"]
    assert (five["liquidated"], money["pnl"], money["net"], money["equity"]) == ([1, 2], 0, -1_000, 0)
    assert money["transfer"] == 104_000  # 1.75 x 60,000 less 1,000
    (money,) = half["money"]
    assert (half["liquidated"], money["net"], money["equity"]) == ([], 0, 1_000 + 30_000 + 24_000)


def test_it_dies_and_lacks_what_stress_says_of_the_same_carry(run, priced):
    """Its margin is the balance, its collateral the spot leg."""
    same = run(
        "stress", "-e", "bybit", "--size", "1", "--price", "60000", "--leverage", "5", "--margin", "1000",
        "--collateral", "spot", "--haircut", "20%", "--maintenance-rate", "0.5%", "--shocks=100%,-50%", "-o", "json",
    )  # fmt: skip
    alone, result = answered(same), priced(CARRY, "--shocks=100%,-50%")
    assert abs(result["positions"][0]["liquidation_price"] - alone["perp_liquidation_price"]) < D("1e-20")
    for path, other in zip(result["stress"], alone["paths"], strict=True):
        (money,) = path["money"]
        assert (money["equity"], money["transfer"], money["pnl"]) == (other["equity"], other["transfer"], other["pnl"])


def test_on_a_day_spot_backs_it_by_its_own_move(priced):
    """TRB: the perpetual from 180 to 737, spot to 550: 10,000 - 5,570 + 0.9 x 5,500."""
    text = """
accounts: {uta: 10k}
positions:
  - {exchange: okx, symbol: TRB, side: short, size: 10, entry: 180, price: 180, leverage: 2, account: uta,
     maintenance_rate: 2%, fee: 0}
  - {exchange: okx, market: spot, symbol: TRB, side: long, size: 10, entry: 180, price: 180, account: uta, haircut: 10%}
"""
    (path,) = priced(text, "--day", "trb-2023")["stress"]
    (money,) = path["money"]
    assert abs(money["equity"] - 9_380) < D("1e-12")
    assert abs(money["pnl"] - (-5_570 + 3_700)) < D("1e-12")


def test_coins_back_an_inverse_contract_as_coins(priced):
    """Short 60,000 USD at 60,000 on 0.1 BTC and 1 BTC at 5 %: 59,700 / (1 - 1.05) is below zero, so it never dies;
    without the 0.1 at 59,700 / (1 - 0.95). Under +50 % it loses 60,000 (1 / 60,000 - 1 / 90,000) = 1 / 3 of 1.05."""
    text = """
accounts: {coin: 0.1}
positions:
  - {exchange: bybit, symbol: "BTC/USD:BTC", side: short, size: 60000, entry: 60000, price: 60000, leverage: 1,
     account: coin, maintenance_rate: 0.5%}
  - {exchange: bybit, market: spot, symbol: BTC, side: long, size: 1, entry: 60000, price: 60000, account: coin,
     haircut: 5%}
"""
    result = priced(text, "--shocks=50%")
    row = result["positions"][0]
    assert (row["liquidation_price"], row["liquidation_unknown"]) == (None, None)
    (account,) = result["accounts"]
    assert (account["currency"], account["collateral"], account["equity"]) == ("BTC", D("0.95"), D("1.05"))
    money = {each["currency"]: each for each in result["stress"][0]["money"]}
    assert abs(money["BTC"]["equity"] - (D("1.05") - D(1) / 3)) < D("1e-17")
    assert (money["USDT"]["pnl"], money["USDT"]["net"]) == (30_000, 30_000)
    assert result["coins"][0]["net_with_collateral"] == D("0.1")  # the coins are in net, and counted once
    bare = priced(text.replace("coin: 0.1", "coin: 0"))["positions"][0]
    assert abs(bare["liquidation_price"] - 1_194_000) < D("1e-15")


def test_binances_ratio_of_portfolio_margin_is_that_of_an_account_with_collateral(priced):
    """Equity / maintenance there, maintenance / equity elsewhere."""
    text = UNIFIED.replace("bybit", "binance")
    row = priced(text)["positions"][1]
    assert row["exchange_margin_ratio_is"] == "equity / maintenance"
    assert abs(row["exchange_margin_ratio"] - D("77902.5") / 615) < D("1e-20")
    plain = priced(text.replace(",\n     haircut: 5%", ""))["positions"][1]
    assert plain["exchange_margin_ratio_is"] == "maintenance / equity"


def test_another_dollar_counts_at_par_and_says_so(book):
    done = book(UNIFIED.replace("market: spot, symbol: BTC", "market: spot, symbol: BTC/USDC"), "-o", "json")
    result = answered(done)
    assert result["accounts"][0]["equity"] == D("77902.5")
    assert "bybit BTC/USDC long: priced in USDC, it counts at par in the account 'uta' of USDT" in done.err
    totals = {row["currency"]: row for row in result["totals"]}
    assert (totals["USDC"]["spot_value"], totals["USDC"]["collateral"]) == (60_950, 0)
    assert (totals["USDT"]["spot_value"], totals["USDT"]["collateral"]) == (0, D("57902.5"))


def test_tiers_that_end_before_an_account_dies_are_a_doubt(book):
    """Binance's tier on record ends at 50,000. On 50,000 the short of 0.5 dies at 80,000 / 1.004 of notional, on 10,000
    at 40,000 / 1.004."""
    text = """
accounts: {main: BALANCE}
positions:
  - {exchange: binance, symbol: BTC, side: short, size: 0.5, entry: 60000, price: 60000, rate: 0.01%, interval: 8h,
     leverage: 5, account: main}
"""
    assert "margin tiers of BTC/USDT:USDT end at 50000" in book(text.replace("BALANCE", "50k")).err
    assert book(text.replace("BALANCE", "10k"), "--strict").err == ""
    refused(book(text.replace("BALANCE", "50k"), "--strict"), 6, "end at 50000")


def test_an_account_without_a_name_is_an_account(priced):
    """Its balance is there once."""
    named = priced(UNIFIED)
    nameless = priced(UNIFIED.replace("{uta:", '{"":').replace("account: uta", 'account: ""'))
    assert (nameless["totals"], nameless["exchanges"]) == (named["totals"], named["exchanges"])


PERP = "{exchange: bybit, symbol: BTC, side: short, size: 1, entry: 5, leverage: 2, account: a}"


def _with(spot, accounts="accounts: {a: 5k}"):
    return f"{accounts}\npositions:\n  - {PERP}\n  - {{exchange: bybit, market: spot, {spot}}}"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (_with("symbol: BTC, side: long, size: 1, entry: 5, account: a, haircut: 5"),
         ("book.yaml:4: positions.1.haircut: '5' is out of bounds", "5%")),
        (_with("symbol: BTC, side: long, size: 1, entry: 5, account: a, haircut: 101%"), ("positions.1.haircut",)),
        (_with("symbol: BTC, side: long, size: 1, entry: 5, account: a, haircut: -1%"), ("positions.1.haircut",)),
        (_with("symbol: BTC, side: long, size: 1, entry: 5, account: a, haircut: little"),
         ("positions.1.haircut", "little")),
        (_with("symbol: BTC, side: long, size: 1, entry: 5, haircut: 5%"), ("positions.1.haircut", "`account`")),
        (_with("symbol: BTC, side: short, size: 1, entry: 5, account: a, haircut: 5%"),
         ("positions.1.haircut", "sold short", "in full")),
        (_with("symbol: BTC, side: long, size: 1, entry: 5, account: b, haircut: 5%"), ("no account 'b'",)),
        (_with("symbol: BTC/EUR, side: long, size: 1, entry: 5, account: a, haircut: 5%"),
         ("positions.1.account", "held in USDT", "BTC/EUR")),
        (_with("symbol: BTC, side: long, size: 1, entry: 5, account: a", "accounts: {a: 0}"),
         ("accounts.a", "`haircut`")),
        (_with("symbol: BTC, side: long, size: 1, entry: 5, account: a", "accounts: {a: -5k}"),
         ("accounts.a", "-5000")),
        (f"accounts: {{a: 5k}}\npositions:\n  - {PERP[:-1]}, haircut: 5%}}",
         ("positions.0.haircut", "belongs to spot")),
        ("accounts: {a: 5k}\npositions:\n  - {exchange: bybit, market: spot, symbol: BTC, side: long, size: 1, "
         "entry: 5, account: a, haircut: 5%}", ("positions.0.account", "'a' holds no perpetual")),
        (_with("symbol: BTC, side: long, size: 1, entry: 5, account: a, haircut: 5%").replace(
            "bybit, market", "okx, market"), ("positions.1.account", "an account of bybit")),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_place(book, wrong, words):
    refused(book(wrong), 3, "book.yaml", *words)


def test_a_table_with_collateral_fits_80_columns_and_names_what_counts(book):
    text = UNIFIED.replace("symbol: ETH, side: long,", "opened: 2026-11-20T00:00Z, symbol: ETH, side: long,")
    text += "  - {exchange: bybit, market: spot, symbol: BTC, side: short, size: 0.1, entry: 6e4, borrow_rate: 5%}\n"
    shown = book(text, "--no-color", "-q", "--offline", terminal=True).out
    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in shown
    assert re.search(r"^1 +uta +BTC +1 +60,950 +5% +57,902$", shown, re.MULTILINE)
    assert re.search(r"^uta +USDT +2, 3 +20,000 +57,902 +77,902 ", shown, re.MULTILINE)
    piped = book(text, "-q", "--offline", "-o", "tsv").out
    assert "position\taccount\tcoin\tsize\tprice\thaircut\tcollateral\n1\tuta\tBTC\t1\t60950\t0.05\t57902.5\n" in piped
    none = book(UNIFIED.replace(",\n     haircut: 5%", ""), "-q", "-o", "tsv").out
    assert "collateral" not in none
