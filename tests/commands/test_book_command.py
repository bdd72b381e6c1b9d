"""`fundcli book`: a file of positions priced as a whole; expected values by hand, at 2026-11-21 22:00 UTC."""

import re
from collections import Counter
from decimal import Decimal as D
from pathlib import Path

import pytest

from tests.commands.expect import refused
from tests.readme import written

# Four exchanges, intervals of 8, 1, 4 and 8 hours (BitMEX at 04, 12 and 20), a spot leg, an inverse contract.
BOOK = """
name: by hand
positions:
  - {exchange: binance, symbol: BTC, side: short, size: 1.5, entry: 64000, leverage: 5, price: 65000, rate: 0.01%}
  - {exchange: binance, symbol: BTC, market: spot, side: long, size: 1.5, entry: 63990, price: 64950}
  - {exchange: hyperliquid, symbol: ETH, side: long, size: 20, entry: 2700, margin: 15k, price: 2650, rate: 0.001%,
     interval: 1h, maintenance_rate: 2%}
  - {exchange: okx, symbol: SOL, side: short, notional: 30k, entry: 150, leverage: 4, price: 145, rate: 0.004%,
     interval: 4h, maintenance_rate: 1%, fee: 0}
  - {exchange: bitmex, symbol: "BTC/USD:BTC", side: long, size: 60000, entry: 60000, leverage: 3, price: 65000,
     rate: -0.01%, interval: 8h, maintenance_rate: 0.5%, fee: 0}
"""


def _one(position, more=""):
    return f"{more}positions:\n  - {{{position}}}\n"


def test_every_settlement_of_the_next_24_hours_is_there(priced):
    """From 22:00: binance 00 08 16, hyperliquid 23 to 22, okx 00 04 08 12 16 20, bitmex 04 12 20."""
    rows = priced(BOOK)["settlements"]
    assert Counter(row["position"] for row in rows) == {1: 3, 3: 24, 4: 6, 5: 3}
    times = {n: [row["time"] for row in rows if row["position"] == n] for n in (1, 3, 4, 5)}
    assert times[1] == ["2026-11-22T00:00:00Z", "2026-11-22T08:00:00Z", "2026-11-22T16:00:00Z"]
    assert (times[3][0], times[3][-1]) == ("2026-11-21T23:00:00Z", "2026-11-22T22:00:00Z")
    assert [time[11:13] for time in times[4]] == ["00", "04", "08", "12", "16", "20"]
    assert [time[11:13] for time in times[5]] == ["04", "12", "20"]
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    for number in (1, 3, 4, 5):
        assert [row["estimated"] for row in rows if row["position"] == number] == [False] + [True] * (
            len(times[number]) - 1
        )


def test_funding_to_come_is_size_times_price_times_rate(priced):
    """A short receives a positive rate: 1.5 x 65,000 x 0.01 % = 9.75 (1 in 8 h, 3 in 24 h); 20 x 2,650 x 0.001 % =
    0.53 paid 8 and 24 times; 30,000 / 150 x 145 x 0.004 % = 1.16, 2 and 6 times; the inverse long of 60,000 USD at
    -0.01 % receives 60,000 / 65,000 x 0.0001 BTC, once and 3 times."""
    result = priced(BOOK)
    got = {row["position"]: (row["funding_8h"], row["funding_24h"]) for row in result["positions"]}
    assert got[1] == (D("9.75"), D("29.25"))
    assert got[2] == (0, 0)
    assert got[3] == (D("-4.24"), D("-12.72"))
    assert got[4] == (D("2.32"), D("6.96"))
    coin = D(60_000) / D(65_000) * D("0.0001")
    assert all(abs(g - w) < D("1e-17") for g, w in zip(got[5], (coin, 3 * coin), strict=True))
    totals = {row["currency"]: row for row in result["totals"]}
    assert (totals["USDT"]["funding_8h"], totals["USDT"]["funding_24h"]) == (D("12.07"), D("36.21"))
    assert totals["USDC"]["funding_24h"] == D("-12.72")
    assert totals["BTC"]["converted_price"] == 65_000
    assert abs(totals["BTC"]["converted_funding_24h"] - 18) < D("1e-12")  # 3 x 60,000 x 0.0001
    assert {name for name, row in totals.items() if row["converted_currency"]} == {"BTC"}
    assert result["positions"][0]["apr_on_notional"] == D("0.1095")
    assert result["positions"][2]["apr_on_notional"] == D("-0.0876")
    assert result["positions"][2]["funding_per_day"] == D("-12.72")


def test_deltas_of_coins_count_every_contract_in_coins(priced):
    """BTC: spot 1.5 and 60,000 / 65,000 long, 1.5 short; its collateral is 1/3 + 60,000 (1/60,000 - 1/65,000)."""
    coins = {row["coin"]: row for row in priced(BOOK)["coins"]}
    inverse = D(60_000) / D(65_000)
    btc = coins["BTC"]
    assert abs(btc["net"] - inverse) < D("1e-20")
    assert btc["short"] == D("1.5")
    assert abs(btc["long"] - D("1.5") - inverse) < D("1e-20")
    assert abs(btc["net_value"] - 60_000) < D("1e-12")
    assert (btc["price"], btc["price_currency"], btc["priced_by"]) == (65_000, "USDT", "binance BTC/USDT:USDT")
    assert abs(btc["collateral"] - (D(1) / 3 + 1 - inverse)) < D("1e-17")
    assert (coins["ETH"]["net"], coins["SOL"]["net"], coins["SOL"]["net_share"]) == (20, -200, -1)
    assert coins["ETH"]["collateral"] == 0


def test_margin_and_profit_by_hand(priced):
    """Short: margin 1.5 x 64,000 / 5 = 19,200, less 1,500 is 17,700 against 97,500 / 5."""
    rows = {row["position"]: row for row in priced(BOOK)["positions"]}
    assert (rows[1]["margin"], rows[1]["unrealised_pnl"], rows[1]["equity"]) == (19_200, -1_500, 17_700)
    assert abs(rows[1]["margin_ratio"] - D(17_700) / 19_500) < D("1e-20")
    assert abs(rows[1]["exchange_margin_ratio"] - D(390) / 17_700) < D("1e-20")  # binance: maintenance / equity
    assert rows[2]["unrealised_pnl"] == 1_440
    assert (rows[3]["leverage"], rows[3]["equity"]) == (D("3.6"), 14_000)  # 54,000 / 15,000
    assert abs(rows[5]["unrealised_pnl"] - (1 - D(60_000) / 65_000)) < D("1e-17")
    short = D("1.5") * 64_000 + 19_200
    assert abs(rows[1]["liquidation_price"] - short / (D("1.5") * D("1.004"))) < D("1e-20")
    assert abs(rows[1]["liquidation_distance"] - (rows[1]["liquidation_price"] / 65_000 - 1)) < D("1e-20")
    long = (20 * D(2700) - 15_000) / (20 * D("0.98"))
    assert abs(rows[3]["liquidation_distance"] - (2650 - long) / 2650) < D("1e-20")


@pytest.mark.parametrize(
    ("position", "price"),
    [
        # MATH's worked examples: 5x, m = 0.4 %
        ("exchange: binance, symbol: BTC, side: long, size: 0.1, entry: 1000, leverage: 5", "803.213"),
        ("exchange: binance, symbol: BTC, side: short, size: 0.1, entry: 1000, leverage: 5", "1195.219"),
        ("exchange: bybit, symbol: BTC/USD:BTC, side: long, size: 100, entry: 1000, leverage: 5, "
         "maintenance_rate: 0.4%", "836.667"),
        ("exchange: bybit, symbol: BTC/USD:BTC, side: short, notional: 100, entry: 1000, leverage: 5, "
         "maintenance_rate: 0.4%", "1245.000"),
        ("exchange: bybit, symbol: BTC/USD:BTC, side: long, size: 60000, entry: 50000, leverage: 10, "
         "maintenance_rate: 0.5%", "45681.818"),
        ("exchange: bybit, symbol: BTC/USD:BTC, side: short, size: 60000, entry: 50000, leverage: 10, "
         "maintenance_rate: 0.5%", "55277.778"),
        # the taker fee of Phemex's profile, 0.06 %
        ("exchange: phemex, symbol: XRP, side: long, size: 500, entry: 0.4, margin: 40.096, maintenance_rate: 1%",
         "0.3232343"),
        ("exchange: binancecoinm, symbol: BTC, side: long, notional: 10m, entry: 45000, margin: 101, "
         "maintenance_rate: 12.5%, maintenance_amount: 11.605", "33599.423"),
    ],
)  # fmt: skip
def test_the_worked_examples_of_liquidation_come_out_of_a_file(priced, position, price):
    (row,) = priced(_one(position))["positions"]
    assert abs(row["liquidation_price"] - D(price)) < D("1e-5") * D(price)
    assert row["liquidation_unknown"] is None


def test_an_account_carries_its_positions_together(priced):
    """20,000 with a BTC short (-1,000 at 61,000) and an ETH long (+1,000 at 3,100): equity 20,000 of 9,200 initial.
    BTC dies where 20,000 + 1,000 - 310 is gone: 80,690 / 1.005; ETH where 20,000 - 1,000 - 305 is: 11,305 / 9.9."""
    text = """
accounts: {main: 20k}
positions:
  - {exchange: binance, symbol: BTC, side: short, size: 1, entry: 60000, price: 61000, leverage: 10, account: main,
     maintenance_rate: 0.5%}
  - {exchange: binance, symbol: ETH, side: long, size: 10, entry: 3000, price: 3100, leverage: 10, account: main,
     maintenance_rate: 1%}
"""
    result = priced(text, "--shocks=-40%,10%,40%")
    (account,) = result["accounts"]
    assert (account["balance"], account["equity"], account["initial_margin"]) == (20_000, 20_000, 9_200)
    assert (account["maintenance_margin"], account["positions"]) == (615, [1, 2])
    assert abs(account["margin_ratio"] - D(20_000) / 9_200) < D("1e-20")
    assert account["transfer"] == 0  # 175 % of 9,200 is 16,100
    btc, eth = result["positions"]
    assert abs(btc["liquidation_price"] - D(80_690) / D("1.005")) < D("1e-20")
    assert abs(eth["liquidation_price"] - D(11_305) / D("9.9")) < D("1e-20")
    assert (btc["margin"], btc["equity"], btc["margin_ratio"]) == (None, None, account["margin_ratio"])
    assert result["exchanges"][0]["margin"] == 20_000
    # 10 %: -6,100 + 3,100. +40 %: -24,400 + 12,400 leaves 8,000 and 861 of maintenance.
    down, ten, forty = (path["money"][0] for path in result["stress"])
    assert (ten["pnl"], ten["net"], ten["equity"]) == (-3_000, -3_000, 17_000)
    assert ten["transfer"] == D("710")  # 175 % of 10,120 less 17,000
    assert (forty["net"], forty["equity"]) == (-12_000, 8_000)
    assert (down["net"], down["equity"]) == (12_000, 32_000)
    assert [path["liquidated"] for path in result["stress"]] == [[], [], []]


def test_what_is_liquidated_on_the_way_loses_its_equity_and_the_rest_rides_on(priced):
    """+30 %: the short (dies at 76,494) loses its 17,700, the SOL short its 8,500, spot gains 1.5 x 64,950 x 0.3."""
    result = priced(BOOK, "--shocks=30%,-20%")
    up, down = result["stress"]
    assert up["liquidated"] == [1, 4]
    usdt = {money["currency"]: money for money in up["money"]}["USDT"]
    assert usdt["net"] == D("29227.5") - 17_700 - 8_500
    assert usdt["pnl"] == D("29227.5") - 29_250 - 8_700
    assert usdt["equity"] == 0
    needed = {row["exchange"]: row["amount"] for row in up["transfers"]}
    # the floor is 175 % from 5x on: 1.75 x 126,750 / 5 - (17,700 - 29,250); 150 % of 37,700 / 4 - (8,500 - 8,700)
    assert (needed["binance"], needed["okx"]) == (D("55912.5"), D("14337.5"))
    assert down["liquidated"] == []
    btc = {money["currency"]: money for money in down["money"]}["BTC"]
    coins = D(60_000) / 65_000 - D(60_000) / 52_000
    assert abs(btc["net"] - coins) < D("1e-17")
    assert (btc["converted_price"], btc["converted_currency"]) == (52_000, "USDT")


def test_a_day_moves_perpetuals_and_spot_each_by_their_own(priced):
    """TRB: the perpetual from 180 to 737, spot to 550."""
    text = """
positions:
  - {exchange: okx, symbol: TRB, side: short, size: 10, entry: 180, margin: 20k, maintenance_rate: 2%, price: 180}
  - {exchange: okx, symbol: TRB, market: spot, side: long, size: 10, entry: 180, price: 180}
"""
    (path,) = priced(text, "--day", "trb-2023")["stress"]
    assert path["path"] == "trb-2023 high"
    assert abs(path["money"][0]["pnl"] - (-5_570 + 3_700)) < D("1e-12")


def test_the_sums_of_a_book_are_exactly_those_of_its_positions(priced):
    result = priced(BOOK)
    for total in result["totals"]:
        rows = [row for row in result["positions"] if row["currency"] == total["currency"]]
        for name in ("funding_8h", "funding_24h", "unrealised_pnl"):
            assert total[name] == sum(row[name] for row in rows)
        settled = [row["amount"] for row in result["settlements"] if row["currency"] == total["currency"]]
        assert total["funding_24h"] == sum(settled)
        assert total["margin"] == sum(
            row["margin"] for row in result["exchanges"] if row["currency"] == total["currency"]
        )


def test_a_carry_is_flat(book):
    text = """
positions:
  - {exchange: binance, symbol: BTC, side: short, size: 0.3, entry: 64000, leverage: 2, price: 65000}
  - {exchange: binance, symbol: BTC, market: spot, side: long, size: 0.3, entry: 63990, price: 65000}
"""
    done = book(text, "-o", "json", "--fail-if", "coins.net != 0")
    assert done.code == 0
    (coin,) = done.result["coins"]
    assert (coin["net"], coin["net_value"], coin["gross"]) == (0, 0, D("0.6"))
    assert "apart" not in done.err


def test_a_hedge_that_is_off_by_more_than_one_per_cent_is_warned_about(book):
    def text(size):
        return f"""
positions:
  - {{exchange: binance, symbol: BTC, side: short, size: 0.3, entry: 64000, leverage: 2, price: 65000}}
  - {{exchange: binance, symbol: BTC, market: spot, side: long, size: {size}, entry: 63990, price: 65000}}
"""

    assert "BTC: 0.304 long against 0.3 short, 1.316% apart" in book(text("0.304")).err
    assert "apart" not in book(text("0.303")).err  # 0.99 %
    assert "apart" not in book(_one("exchange: binance, symbol: BTC, market: spot, side: long, size: 1, entry: 1")).err


def test_a_position_near_its_liquidation_price_is_warned_about(book):
    """20x at 1,000: 1 x 0.95 / 0.996 = 953.8, 4.618 % away."""
    text = _one("exchange: binance, symbol: BTC, side: long, size: 1, entry: 1000, leverage: 20, price: 1000")
    assert (
        "position 1, binance BTC/USDT:USDT long: 4.618% from its liquidation price, nearer than 10%" in book(text).err
    )
    assert "nearer" not in book(text, "--near", "4%").err
    assert book(text, "-q", "--fail-if", "nearest_distance < 5%").code == 1
    assert book(text, "-q", "--fail-if", "positions.liquidation_distance < 4%").code == 0
    beyond = text.replace("price: 1000", "price: 950")
    assert book(beyond, "-o", "json", "-q").result["positions"][0]["liquidation_distance"] < 0


def test_without_a_price_it_is_valued_at_entry_and_says_so(book):
    done = book(_one("exchange: binance, symbol: BTC, side: short, size: 1, entry: 40000, leverage: 5"), "-o", "json")
    (row,) = done.result["positions"]
    assert (row["price"], row["price_basis"], row["unrealised_pnl"]) == (40_000, "entry", None)
    assert done.result["totals"][0]["unrealised_pnl"] is None
    assert row["funding_24h"] == 12  # the baseline of 0.01 % three times
    assert (row["rate_kind"], row["interval_basis"]) == ("baseline", "profile")
    assert all(each["estimated"] for each in done.result["settlements"])
    assert "entry price" in done.err


def test_strict_refuses_what_nobody_reported(book):
    text = "exchange: binance, symbol: BTC, side: short, size: 0.5, entry: 40000, leverage: 5"
    refused(book(_one(text), "--strict"), 6, "baseline", "no price is known of binance BTC/USDT:USDT")
    whole = _one(f"{text}, price: 40000, rate: 0.01%, interval: 8h")
    assert book(whole, "--strict", "-q").code == 0
    refused(book(_one(f"{text}, price: 40000, rate: 0.01%"), "--strict"), 6, "interval")


def test_a_maintenance_margin_that_nobody_gives_is_null_with_its_reason(book):
    text = _one("exchange: binance, symbol: ETH, side: long, size: 1, entry: 3000, leverage: 5, price: 3000")
    done = book(text, "-o", "json", "--shocks=-19%,-20%")
    (row,) = done.result["positions"]
    assert (row["liquidation_price"], row["maintenance_margin"], row["exchange_margin_ratio"]) == (None, None, None)
    assert "no source gives the maintenance margin of ETH/USDT:USDT" in row["liquidation_unknown"]
    assert "`maintenance_rate`" in done.err
    assert "--maintenance-rate" not in done.err
    # without it a position lives until its equity is gone
    assert [path["liquidated"] for path in done.result["stress"]] == [[], [1]]


def test_a_position_that_cannot_die_says_never(book):
    text = _one("exchange: binance, symbol: BTC, side: long, size: 0.1, entry: 1000, leverage: 1, price: 1000")
    assert book(text, "-o", "json", "-q").result["positions"][0]["liquidation_price"] is None
    assert "never" in book(text, "-q").out


def test_funding_that_accrues_by_time_is_cut_at_now_and_at_the_horizons(priced, book):
    """Kraken at 22:30 with 0.001 % an hour on 0.1 x 50,000: 0.05 an hour, half of it until 23:00."""
    from datetime import UTC, datetime

    text = _one(
        "exchange: krakenfutures, symbol: BTC, side: short, size: 0.1, entry: 50000, leverage: 2, price: 50000, "
        "rate: 0.001%, interval: 1h"
    )
    done = book(text, "-o", "json", "-q", now=datetime(2026, 11, 21, 22, 30, tzinfo=UTC))
    rows = done.result["settlements"]
    assert (rows[0]["share"], rows[0]["amount"], rows[0]["estimated"]) == (D("0.5"), D("0.025"), False)
    assert all(row["estimated"] for row in rows[1:])
    assert (sum(row["share"] for row in rows), len(rows)) == (24, 26)
    (row,) = done.result["positions"]
    assert (row["funding_8h"], row["funding_24h"]) == (D("0.4"), D("1.2"))
    assert row["next_settlement"] is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("positions: []", ("positions: is empty",)),
        ("name: x", ("positions: is missing", "README")),
        ("positions:\n  - {exchange: binance, symbol: BTC, side: shrt, size: 1, entry: 5, leverage: 2}",
         ("book.yaml:2: positions.0.side: 'shrt'", "Did you mean short?")),
        ("positions:\n  - exchange: binance\n    symbol: BTC\n    sied: short", ("book.yaml:4: positions.0.sied",)),
        ("positions:\n  - {exchange: binance, symbol: BTC, side: short, size: 1, entry: 5}", ("leverage is missing",)),
        ("positions:\n  - {exchange: binance, symbol: BTC, side: short, entry: 5, leverage: 2}", ("size is missing",)),
        ("positions:\n  - {exchange: binance, symbol: BTC, side: short, size: 1, notional: 5, entry: 5, leverage: 2}",
         ("size and notional",)),
        ("positions:\n  - {exchange: binanse, symbol: BTC, side: short, size: 1, entry: 5, leverage: 2}",
         ("book.yaml:2: positions.0.exchange", "Did you mean binance?")),
        ("positions:\n  - {exchange: binance, symbol: B C, side: short, size: 1, entry: 5, leverage: 2}",
         ("positions.0.symbol", "'B C' is not a symbol")),
        ("positions:\n  - {exchange: binance, symbol: BTC, side: short, size: 0, entry: 5, leverage: 2}",
         ("positions.0.size", "more than zero")),
        ("positions:\n  - {exchange: binance, symbol: BTC, side: short, size: nan, entry: 5, leverage: 2}",
         ("positions.0.size", "nan")),
        ("positions:\n  - {exchange: binance, symbol: BTC, side: short, size: 1, entry: 5, leverage: 2, rate: 0.01}",
         ("positions.0.rate", "Is 0.01% meant?")),
        ("positions:\n  - {exchange: binance, symbol: BTC, side: long, market: spot, size: 1, entry: 5, leverage: 2}",
         ("positions.0.leverage", "belongs to a perp")),
        ("positions:\n  - {exchange: okx, symbol: BTC, side: long, size: 1, entry: 5, leverage: 2, opened: 2027-01-01}",
         ("positions.0.opened", "future")),
        ("positions:\n  - {exchange: binance, symbol: BTC, side: long, size: 1, entry: 5, leverage: 2, account: mian}\n"
         "accounts: {main: 5k}", ("main",)),
        ("positions:\n  - {exchange: binance, symbol: BTC, side: long, size: 1, entry: 5, account: main}\n"
         "accounts: {main: 5k}", ("leverage is missing",)),
        ("positions:\n  - {exchange: binance, symbol: BTC, side: long, size: 1, entry: 5, leverage: 2, margin: 3, "
         "account: main}\naccounts: {main: 5k}", ("positions.0.margin",)),
        ("positions:\n  - {exchange: binance, symbol: BTC, side: long, size: 1, entry: 5, leverage: 2, account: main}\n"
         "  - {exchange: okx, symbol: BTC, side: long, size: 1, entry: 5, leverage: 2, account: main}\n"
         "accounts: {main: 5k}", ("positions.1.account", "an account of binance")),
        ("positions:\n  - {exchange: bybit, symbol: XYZ/USD:XYZ, side: long, size: 1, entry: 5, leverage: 2}\n"
         "accounts: {main: 0}", ("accounts.main",)),
        ("positions:\n  - {exchange: binancecoinm, symbol: XYZ, side: long, size: 1, entry: 5, leverage: 2, "
         "maintenance_amount: 3}", ("maintenance_rate",)),
        ("positions:\n  - {exchange: mexc, symbol: BTC, side: long, size: 1, entry: 5, leverage: 2}",
         ("positions.0: mexc has no interest component", "--live")),
        ("positions:\n  - {exchange: okx, symbol: BTC, market: spot, side: long, size: 1, entry: 5, borrow_rate: 5%}",
         ("positions.0.borrow_rate", "sold short")),
        ("positions:\n  - {exchange: okx, symbol: X, market: spot, side: short, size: 1, entry: 5, borrow_rate: 5%/w}",
         ("positions.0.borrow_rate", "unknown period")),
        ("- a\n- b", ("key: value", "README")),
        ("", ("is empty", "README")),
        ("positions: [", ("not valid YAML",)),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_is_one_line_with_its_place(book, wrong, words):
    refused(book(wrong), 3, "book.yaml", *words)


def test_a_file_that_is_not_there_and_a_network_that_must_not_be_asked(run, book):
    refused(run("book", "none.yaml"), 3, "none.yaml", "No such file")
    refused(book(BOOK, "--live", "--offline"), 2, "--offline")


def test_without_a_network_live_is_one_plain_line(book):
    two = "positions:\n" + "".join(
        f"  - {{exchange: {name}, symbol: BTC, side: long, size: 1, entry: 5, leverage: 2}}\n"
        for name in ("okx", "gate")
    )
    refused(book(two, "--live", "--gateway", "http://127.0.0.1:9", "--timeout", "2s"), 4, "all exchanges failed")


@pytest.mark.parametrize("output", ["table", "tsv", "json", "ndjson", "csv", "md"])
def test_it_writes_every_format(book, output):
    done = book(BOOK, "-o", output, "-q")
    assert (done.code, done.err) == (0, "")


def test_a_table_fits_80_columns(book):
    large = """accounts: {shared: 3.5m}
positions:
  - {exchange: hyperliquid, symbol: kPEPE, side: short, size: 123456789, entry: 0.01234, leverage: 7, account: shared,
     maintenance_rate: 5%}
  - {exchange: krakenfutures, symbol: "BTC/USD:BTC", side: short, size: 98765432, entry: 54321.5, leverage: 2,
     rate: 0.001%}
"""
    for text in (BOOK, large):
        shown = book(text, "--no-color", "-q", terminal=True).out
        assert max(map(len, shown.splitlines())) <= 80
        assert "…" not in shown
    shown = book(BOOK, "--no-color", "-q", terminal=True).out
    assert re.search(r"^1 +binance +BTC/USDT:USDT +-1.5 ", shown, re.MULTILINE)


def test_on_a_screen_settlements_that_are_alike_are_one_line_and_for_scripts_none_is_left_out(book):
    """Hourly 23:00 at the rate given, then 23 estimated; USDT 00 08 16 (#1 and #4), between them 04 12 20 (#4)."""
    shown = book(BOOK, "--no-color", "-q", terminal=True).out
    part = shown.partition("Settlements of the next 24 hours (UTC)\n")[2].partition("\n\n")[0]
    lines = [re.split(r" {2,}", line) for line in part.splitlines()[2:]]
    assert [line[:2] + line[3:] for line in lines] == [
        ["11-21 23:00", "1", "USDC", "#3", "given"],
        ["11-22 00:00", "1", "USDT", "#1, #4", "given"],
        ["11-22 00:00 to 22:00", "23", "USDC", "#3", "estimated"],
        ["11-22 04:00", "1", "USDT", "#4", "estimated"],
        ["11-22 04:00", "1", "BTC", "#5", "given"],
        ["11-22 08:00", "1", "USDT", "#1, #4", "estimated"],
        ["11-22 12:00", "1", "USDT", "#4", "estimated"],
        ["11-22 12:00 to 20:00", "2", "BTC", "#5", "estimated"],
        ["11-22 16:00", "1", "USDT", "#1, #4", "estimated"],
        ["11-22 20:00", "1", "USDT", "#4", "estimated"],
    ]
    sums = {(line[0], line[3]): line[2] for line in lines}
    assert sums["11-22 00:00 to 22:00", "USDC"] == "-12.19"  # 23 x 0.53
    assert sums["11-22 00:00", "USDT"] == "10.91"  # 9.75 + 1.16
    tables = book(BOOK, "-o", "tsv", "-q").out.split("\n\n")
    (rows,) = [table.splitlines() for table in tables if table.startswith("time\t")]
    assert len(rows) == 1 + 3 + 24 + 6 + 3


def test_several_currencies_are_a_column_each_under_stress_and_scripts_see_all(book):
    """+30 % of the second test above: USDT 29,227.5 - 17,700 - 8,500."""
    shown = book(BOOK, "--no-color", "-q", "--shocks=30%", terminal=True).out
    assert re.search(r"^prices +BTC +USDC +USDT +liquidated\n.*\n\+30% .* 3,028 +#1, #4$", shown, re.MULTILINE)
    assert re.search(r"^binance +55,912\.50 USDT +\+30%$", shown, re.MULTILINE)
    piped = book(BOOK, "-q", "--shocks=30%", "-o", "tsv").out
    assert "path\tcurrency\tpnl\tnet\tequity\ttransfer\tliquidated\n" in piped


def test_counts_of_a_coin_are_summed_as_the_coin(priced, book):
    """2,000 x 1,000 short, 1.5 x 1,000,000 and 500,000 long: flat. KAVA is a coin, and no thousand AVA."""
    text = """
positions:
  - {exchange: binance, symbol: 1000PEPE, side: short, size: 2000, entry: 0.0125, leverage: 2, price: 0.0125}
  - {exchange: bybit, symbol: 1MPEPE, side: long, size: 1.5, entry: 12.5, leverage: 2, price: 12.5}
  - {exchange: hyperliquid, symbol: kPEPE, side: long, size: 500, entry: 0.0125, leverage: 2, price: 0.0125}
  - {exchange: binance, symbol: KAVA, side: long, size: 3, entry: 0.5, leverage: 2, price: 0.5}
  - {exchange: hyperliquid, symbol: KPEPE, side: long, size: 7, entry: 1, leverage: 2, price: 1}
"""
    result = priced(text)
    coins = {row["coin"]: row for row in result["coins"]}
    assert set(coins) == {"PEPE", "KAVA", "KPEPE"}  # only a small k says thousands
    assert (coins["PEPE"]["net"], coins["PEPE"]["long"], coins["PEPE"]["short"]) == (0, 2_000_000, 2_000_000)
    assert coins["PEPE"]["bases"] == ["1000PEPE", "1MPEPE", "kPEPE"]
    assert (coins["PEPE"]["price"], coins["PEPE"]["gross_value"]) == (D("0.0000125"), 50)
    assert [row["multiple"] for row in result["positions"]] == [1000, 1_000_000, 1000, 1, 1]
    shown = book(text, "--no-color", "-q", terminal=True).out
    assert re.search(r"^1 +binance +1000PEPE/USDT:USDT +-2,000,000 PEPE", shown, re.MULTILINE)


def test_what_borrowed_coins_cost_is_paid_by_the_day(priced, book):
    """2 BTC at 7.3 % a year: 0.02 % a day of 130,000 is 26; the perpetual receives 9.75 x 3 for 1.5 BTC."""
    text = """
positions:
  - {exchange: binance, symbol: BTC, market: spot, side: short, size: 2, entry: 64000, price: 65000, borrow_rate: RATE}
  - {exchange: binance, symbol: BTC, side: short, size: 1.5, entry: 64000, leverage: 5, price: 65000, rate: 0.01%}
"""
    for rate in ("7.3%", "0.02%/d"):
        result = priced(text.replace("RATE", rate))
        spot, perp = result["positions"]
        assert (spot["borrow_rate"], spot["borrow_basis"], spot["borrow_per_day"]) == (D("0.073"), "given", -26)
        assert (perp["borrow_rate"], perp["borrow_per_day"]) == (None, 0)
        (total,) = result["totals"]
        assert (total["funding_per_day"], total["borrow_per_day"], total["net_per_day"]) == (D("29.25"), -26, D("3.25"))
    shown = book(text.replace("RATE", "7.3%"), "--no-color", "-q", terminal=True).out
    assert re.search(r"^1 +BTC +2 +7.3% +given +-26 +USDT +given in the file$", shown, re.MULTILINE)
    assert "net a day" in shown


@pytest.mark.parametrize("output", ["table", "tsv", "json", "md"])
def test_the_layout_is_as_it_was(book, snapshot, output):
    done = book(BOOK, "-o", output, "-q", "--no-color", "--shocks=-20%,30%", terminal=output == "table")
    assert (done.code, done.err) == (0, "")
    assert done.out == snapshot


def test_the_books_fields_are_in_its_schema(run, book):
    document = book(BOOK, "-o", "json", "-q").json
    assert document["schema"] == "fundcli/book@1"
    assert document["sign"] == "positive is money received, or gained"
    assert set(document["result"]) == {
        "name", "horizon_hours", "coins", "totals", "positions", "settlements", "accounts", "exchanges", "stress",
        "nearest_distance", "nearest_position",
    }  # fmt: skip


def test_the_book_of_the_readme_is_read(run):
    for name, text in written().items():
        Path(name).write_text(text, encoding="utf-8")
    done = run("book", "book.yaml", "-o", "json")
    assert done.code == 0, done.err
    assert {row["market"] for row in done.result["positions"]} == {"perp", "spot"}
