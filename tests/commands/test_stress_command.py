"""`fundcli stress`: options, refusals, warnings, what each exchange counts; the arithmetic is tested in core."""

import json
from decimal import Decimal as D

import pytest

from tests.commands.expect import answered, refused
from tests.exchange_server import Fault


def _stress(run, line, code=0):
    return answered(run("stress", *line.split(), "-o", "json", "-q"), code)


FIELDS = (
    "exchange symbol direction side currency notional quantity price leverage initial_margin margin funding_paid "
    "collateral haircut buffer maintenance_rate maintenance_amount maintenance_margin closing_fee_rate "
    "perp_liquidation_price perp_liquidation_move perp_liquidation_price_with_buffer spot_liquidation_price "
    "spot_liquidation_move margin_floor margin_ratio transfer exchange_margin_ratio exchange_margin_ratio_is "
    "liquidated_paths paths_below_floor worst_path worst_net paths days"
)
PATH = (
    "path day move spot_move price perp_pnl spot_pnl pnl equity maintenance_margin margin_ratio exchange_margin_ratio "
    "below_floor transfer transfer_beyond_buffer liquidated closed_leg closed_by closed_move unhedged_pnl net"
)


def test_the_answer_has_its_fields_and_names_its_version(run):
    document = run("stress", "--day", "ftx-2022", "-o", "json", "-q").json
    assert document["schema"] == "fundcli/stress@1"
    assert document["sign"] == "positive is money gained"
    assert set(FIELDS.split()) <= set(document["result"])
    assert set(PATH.split()) == set(document["result"]["paths"][0])
    required = json.loads(run("schema", "stress").out)["$defs"]["StressResult"]["required"]
    assert set(FIELDS.split()) <= set(required)


def test_without_options_it_is_a_carry_of_ten_thousand_at_one_times(run):
    """A 1x short dies at 2 / 1.004 = 1.992 of its entry; without a price there are moves and no prices."""
    result = _stress(run, "")
    assert (result["direction"], result["side"], result["notional"], result["margin"]) == (
        "cash-and-carry", "short", 10_000, 10_000,
    )  # fmt: skip
    assert abs(result["perp_liquidation_move"] - D("0.992032")) < D("1e-6")
    assert (result["price"], result["perp_liquidation_price"], result["quantity"]) == (None, None, None)
    assert [path["path"] for path in result["paths"]] == [
        "-50%", "-40%", "-30%", "-20%", "-10%", "-5%", "+5%", "+10%", "+20%", "+30%", "+40%", "+50%",
        "+100%", "+200%", "+300%",
    ]  # fmt: skip
    assert [path["path"] for path in result["paths"] if path["liquidated"]] == ["+100%", "+200%", "+300%"]


@pytest.mark.parametrize(
    ("line", "direction", "side"),
    [
        ("", "cash-and-carry", "short"),
        ("-d carry", "cash-and-carry", "short"),
        ("-d cash-and-carry", "cash-and-carry", "short"),
        ("-d reverse", "reverse", "long"),
        ("-d perp", "perp", "long"),
        ("--side short", "perp", "short"),
        ("-d perp --side short", "perp", "short"),
    ],
)
def test_a_direction_says_which_legs_there_are(run, line, direction, side):
    result = _stress(run, line)
    assert (result["direction"], result["side"]) == (direction, side)
    assert any(path["spot_pnl"] for path in result["paths"]) is (direction != "perp")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-d carry --side long", ("--side", "--direction carry")),
        ("-d sideways", ("--direction", "sideways")),
        ("--size 1 --notional 5", ("--size", "--notional")),
        ("--size 1", ("--size", "--price")),
        ("--haircut 10%", ("--haircut", "--collateral spot")),
        ("-d reverse --collateral spot", ("cash-and-carry", "--collateral spot")),
        ("--side long --collateral spot", ("cash-and-carry",)),
        ("--side long --adl 0%", ("--adl",)),
        ("--borrow-leverage 3", ("--direction reverse",)),
        ("--spot-level 1.2", ("--direction reverse",)),
        ("-d reverse --borrow-leverage 1", ("--borrow-leverage",)),
        ("--maintenance-amount 5", ("--maintenance-amount", "--maintenance-rate")),
        ("--shocks=-100%", ("--shocks", "-100%")),
        ("--shocks 10%..-10%", ("--shocks", "-50%..50%")),
        ("--shocks ,", ("--shocks",)),
        ("--adl=-120%", ("--adl", "-120%")),
        ("--day ftx-2021", ("ftx-2021", "ftx-2022")),
        ("--fee 1", ("--fee", "1%")),
        ("--leverage 0", ("--leverage",)),
        ("--leverage 500", ("maintenance margin", "--margin")),
        ("-s BTCUSD", ("BTC/USD:BTC", "--price")),
        ("-s ETH", ("ETH/USDT:USDT", "--maintenance-rate")),
        ("-e okx", ("okx", "--maintenance-rate")),
        ("-e binanse", ("Did you mean binance?",)),
    ],
)
def test_what_makes_no_sense_is_one_error_line(run, line, words):
    refused(run("stress", *line.split()), 2, *words)


@pytest.mark.parametrize(
    ("line", "move"),
    [
        # 5x, m = 0.5 %, closing fee: Binance, Hyperliquid, Bybit none; OKX, Phemex, Gate, KuCoin their taker fee
        ("-e binance --side long", D("0.8") / D("0.995")),
        ("-e hyperliquid --side long", D("0.8") / D("0.995")),
        ("-e bybit --side long", D("0.8") / D("0.995")),
        ("-e okx --side long", D("0.8") / D("0.9945")),  # 0.05 %
        ("-e phemex --side short", D("1.2") / D("1.0056")),  # 0.06 %
        ("-e binance --side long --fee 0.1%", D("0.8") / D("0.994")),
        ("-e okx --side long --fee 0", D("0.8") / D("0.995")),
        ("-e gate --side long", D("0.8") / D("0.9945")),  # its help 27724: 1 - (maintenance rate + taker 0.05 %)
        ("-e kucoinfutures --side short", D("1.2") / D("1.0056")),  # its help 35084431335065: taker 0.06 %
        ("-e binance --side long --maintenance-amount 10", D("0.799") / D("0.995")),  # 10 of 10,000
        ("-e binance --side long --funding-paid 100", D("0.81") / D("0.995")),
        ("-e binance --side long --margin 3000", D("0.7") / D("0.995")),
    ],
)
def test_each_exchange_counts_its_own_closing_fee(run, line, move):
    result = _stress(run, f"{line} --leverage 5 --maintenance-rate 0.5%")
    assert abs(result["perp_liquidation_move"] - (move - 1)) < D("1e-20")


@pytest.mark.parametrize(
    ("line", "meaning", "ratio"),
    [
        ("-e binance", "maintenance / equity", D("0.025")),  # 50 / 2,000
        ("-e okx", "equity / (maintenance + fees)", D(2000) / 55),  # 50 and 5 of taker fee
        ("-e binance --collateral spot", "equity / maintenance", D(200)),  # 10,000 of spot / 50
        ("-e bybit", None, None),
    ],
)
def test_the_exchanges_own_margin_ratio_stands_beside_ours(run, line, meaning, ratio):
    result = _stress(run, f"{line} --leverage 5 --maintenance-rate 0.5%")
    assert result["exchange_margin_ratio_is"] == meaning
    if ratio is None:
        assert result["exchange_margin_ratio"] is None
    else:
        assert abs(result["exchange_margin_ratio"] - ratio) < D("1e-20")


def test_a_profile_without_a_known_fee_says_so_and_strict_refuses(run):
    line = ["stress", "-e", "bitmex", "-s", "BTCUSD", "--price", "60000"]
    assert "taken as 0 (--fee)" in run(*line).err
    refused(run(*line, "--strict"), 6, "bitmex", "--fee")
    assert run(*line, "--strict", "--fee", "0.05%", "-q").code == 0
    assert run("stress", "--strict", "-q").code == 0


def test_borrowed_spot_dies_where_binance_liquidates_it_and_elsewhere_where_told(run):
    """3x: 1.5 / 1.1 - 1 on Binance; at a level of 1.2 it is 25 %; no source for Bybit."""
    assert abs(_stress(run, "-d reverse")["spot_liquidation_move"] - D("0.3636363636")) < D("1e-9")
    assert _stress(run, "-d reverse --spot-level 1.2")["spot_liquidation_move"] == D("0.25")
    bybit = run("stress", "-e", "bybit", "-d", "reverse", "-o", "json")
    assert bybit.result["spot_liquidation_move"] is None
    assert "--spot-level" in bybit.err


def test_tiers_that_end_on_record_are_warned_about(run):
    """Binance's profile knows its first bracket alone, to 50,000; 20,000 at +300 % is 80,000."""
    assert "end at 50000" in run("stress", "--notional", "20k").err
    assert "end at 50000" in run("stress", "--notional", "30k", "--shocks=-10%").err  # it dies at 59,761
    assert "end at" not in run("stress").err
    assert "end at" not in run("stress", "--notional", "20k", "--maintenance-rate", "0.5%").err
    kraken = ["-e", "krakenfutures", "-s", "BTC/USD:BTC", "--price", "50000", "--fee", "0.05%", "--notional"]
    assert "end at 500000" in run("stress", *kraken, "600k").err  # of contracts of 1 USD, whatever the price
    assert "end at" not in run("stress", *kraken, "400k").err


def test_a_position_that_begins_beyond_the_tiers_is_warned_about(run):
    """A long of 60,000 that dies at 48,193 and ends at 42,000."""
    asked = ("stress", "--side", "long", "--leverage", "5", "--notional", "60k", "--shocks=-30%")
    assert "end at 50000" in run(*asked).err
    assert "end at" not in run(*asked[:-2], "50k", "--shocks=-30%", "--price", "43210").err  # at the very end


def test_spot_may_stand_at_a_price_of_its_own(run):
    """60,600 on 60,000, closed at par: 10,000 / 60,600 coins earn 600 each, 1 / 101 of 10,000."""
    result = _stress(run, "--price 60600 --basis-open 1% --basis-close 0% --shocks=-10%,10% --leverage 2")
    assert (result["spot_price"], result["basis_open"], result["basis_close"]) == (60_000, D("0.01"), 0)
    for path in result["paths"]:
        assert abs(path["net"] - D(10_000) / 101) < D("1e-15")
    assert _stress(run, "")["basis_close"] is None
    shown = run("stress", "--price", "60600", "--basis-open", "1%", "--no-color", "-q", terminal=True).out
    assert "spot entered at" in shown and "60,000" in shown
    refused(run("stress", "--side", "long", "--basis-open", "1%"), 2, "--basis-open", "two legs")
    refused(run("stress", "--basis-open", "-80%"), 2, "--basis-open", "no basis")


def test_margin_below_the_floor_is_warned_about(run):
    """1x: 10,000 of equity, 15,000 wanted; 5x: 2,000 and 3,500."""
    assert "below the floor of 150%: 5,000 USDT more" in run("stress").err
    assert "below the floor of 175%: 1,500 USDT more" in run("stress", "--leverage", "5").err
    later = run("stress", "--leverage", "5", "--margin", "3500", "--shocks", "10%").err
    assert "below the floor of 175% on 1 path: up to 1,350 USDT more" in later  # 3,850 - 2,500
    assert run("stress", "--leverage", "5", "--margin", "3500", "--shocks=-10%").err == ""
    assert run("stress", "--floor", "100%", "--shocks=-10%").err == ""


def test_shocks_are_a_list_or_a_range(run):
    assert [p["move"] for p in _stress(run, "--shocks=250%,-7.5%")["paths"]] == [D("2.5"), D("-0.075")]
    ranged = [p["path"] for p in _stress(run, "--shocks=-15%..+10%")["paths"]]
    assert ranged == ["-15%", "-10%", "-5%", "+5%", "+10%"]


def test_days_stand_alone_or_beside_shocks(run):
    alone = _stress(run, "--day ftx-2022 --day 2022-11-09 --day trb-2023")
    assert [p["path"] for p in alone["paths"]] == ["ftx-2022 low", "ftx-2022 high", "ftx-2022 close", "trb-2023 high"]
    assert [day["name"] for day in alone["days"]] == ["ftx-2022", "trb-2023"]
    beside = _stress(run, "--day trb-2023 --shocks 5%")
    assert [p["path"] for p in beside["paths"]] == ["+5%", "trb-2023 high"]
    assert len(_stress(run, "--day all")["days"]) == 7


def test_a_figure_that_no_source_gives_is_null(run):
    (day,) = _stress(run, "--day luna-2022")["days"]
    assert (day["high"], day["close"], day["funding_rate"], day["funding_at"]) == (None, None, None, None)
    assert day["approximate"] is True
    (crash,) = _stress(run, "--day mar-2020")["days"]
    assert (crash["low"], crash["funding_rate"], crash["funding_at"]) == (
        D("4410"),
        D("-0.003"),
        "2020-03-13T08:00:00Z",
    )


@pytest.mark.parametrize(
    ("test", "code"),
    [
        ("perp_liquidation_move < 30%", 1),  # 5x: 1.2 / 1.004 - 1 = 19.52 %
        ("perp_liquidation_move < 19%", 0),
        ("paths.liquidated == true", 1),
        ("worst_net < -2000", 0),
        ("worst_net <= -2000", 1),
        ("paths.margin_ratio < 0%", 1),
        ("spot_liquidation_move > 0", 0),  # there is none
        ("days.coin == TRB", 0),
    ],
)
def test_a_condition_holds_over_any_field(run, test, code):
    assert run("stress", "--leverage", "5", "--fail-if", test, "-q").code == code


@pytest.mark.parametrize("output", ["table", "tsv", "json", "ndjson", "csv", "md"])
def test_it_writes_every_format(run, output):
    result = run("stress", "--day", "all", "-o", output, "-q")
    assert (result.code, result.err) == (0, "")
    assert result.out.endswith("\n")


@pytest.mark.parametrize(
    "line",
    [
        "", "--day all --price 60000 --leverage 5", "-d reverse --adl=-60%", "--side long --leverage 20",
        "-e bitmex -s BTCUSD --price 60000", "--collateral spot --haircut 10% --day trb-2023",
        "--notional 1m --maintenance-rate 0.5% --maintenance-amount 50 --leverage 10 --buffer 100k",
    ],
)  # fmt: skip
def test_a_table_fits_80_columns(run, line):
    shown = run("stress", *line.split(), "--no-color", "-q", terminal=True).out
    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in shown


def test_a_table_says_what_is_dead_and_what_becomes_of_the_rest(run):
    shown = run("stress", "--shocks", "300%", "--no-color", "-q", terminal=True).out
    (row,) = [line for line in shown.splitlines() if line.startswith("+300%") and line.endswith("perp")]
    assert row.split()[1:3] == ["-30,000", "30,000"]
    assert "the leg that is left goes to the entry price" in shown
    assert "99.2%" in shown


def test_a_setting_that_is_carrys_own_does_not_stand_in_the_way(run, monkeypatch):
    """`direction: auto` in the settings is of every command that has a direction."""
    plain = run("stress", "-o", "json").result
    monkeypatch.setenv("FUNDCLI_DIRECTION", "auto")
    assert run("stress", "-o", "json").result == plain
    assert run("stress", "--side", "long", "-o", "json").result["direction"] == "perp"


def _live(run, line, code=0):
    return answered(run("stress", *line.split(), "--live", "--shocks=-10%", "-o", "json", "-q", now=None), code)


@pytest.mark.parametrize(
    ("notional", "rate", "amount"),
    [("50k", "0.005", 0), ("100k", "0.005", 0), ("200k", "0.01", 500), ("1m", "0.025", 8000), ("9m", "0.025", 8000)],
)
def test_live_takes_the_mark_price_and_the_tier_of_the_notional(run, server, notional, rate, amount):
    """The world's tiers end at 100,000, 500,000 and 2,000,000."""
    result = _live(run, f"-e bybit -s ETH --leverage 2 --notional {notional}")
    assert result["price"] == D(server.world.contract("bybit", "ETHUSDT").mark)
    assert (result["maintenance_rate"], result["maintenance_amount"]) == (D(rate), amount)
    assert result["maintenance_source"].startswith("bybit risk-limit, 20")
    assert result["maintenance_source"].endswith(" UTC")


def test_live_dies_by_the_tier_that_its_notional_comes_to(run, server):
    """A 2x short of 400,000: 600,000 - N = 2.5 % N - 8,000 at N = 608,000 / 1.025, in the third tier."""
    result = _live(run, "-e bybit -s ETH --leverage 2 --notional 400k --side short")
    move = D(608_000) / D("1.025") / 400_000 - 1
    assert abs(result["perp_liquidation_move"] - move) < D("1e-20")
    inverse = _live(run, "-e bybit -s BTCUSD --leverage 2 --notional 400k")  # a few coins, in the first tier
    assert (inverse["maintenance_rate"], inverse["currency"]) == (D("0.005"), "BTC")


def test_live_keeps_a_position_in_its_tier_where_the_exchange_counts_contracts(run, server):
    """OKX: 150,000 coins are in the second tier, 1 %, at every price; the taker fee closes: 1.5 / 1.0105."""
    price = D(server.world.contract("okx", "LAYER-USDT-SWAP").mark)
    result = _live(run, "-e okx -s LAYER --leverage 2 --side short --size 150000")
    assert result["price"] == price  # the close of the candle that runs: OKX has no price beside its rate
    assert (result["maintenance_rate"], result["maintenance_amount"]) == (D("0.01"), 0)
    assert abs(result["perp_liquidation_move"] - (D("1.5") / D("1.0105") - 1)) < D("1e-20")


def test_live_does_not_ask_for_what_is_typed(run, server):
    typed = _live(run, "-e bybit -s ETH --price 2000")
    assert typed["price"] == 2000 and typed["maintenance_source"].startswith("bybit risk-limit")
    assert not server.seen("tickers")
    server.requests.clear()
    rated = _live(run, "-e bybit -s ETH --maintenance-rate 1%")
    assert rated["maintenance_source"] == "given with --maintenance-rate"
    assert not server.seen("risk-limit")
    line = ["stress", "--live", "--price", "2000", "--maintenance-rate", "1%"]
    refused(run(*line), 2, "--live", "both are typed")
    refused(run("stress", "--live", "--offline"), 2, "--offline")


def test_live_says_which_tiers_stand_in_for_the_exchanges(run, server):
    """Binance shows its brackets to signed requests alone; the profile has BTC's first one."""
    said = run("stress", "-e", "binance", "--live", "--shocks=-10%", "-o", "json", now=None)
    assert said.code == 0
    assert "binance shows its margin tiers to signed requests alone" in said.err
    assert "the margin tiers are those on record: binance profile" in said.err
    assert said.result["maintenance_source"].startswith("binance profile (")
    refused(run("stress", "-e", "binance", "--live", "--strict", now=None), 6, "signed requests alone")
    refused(run("stress", "-e", "binance", "-s", "ETH", "--live", now=None), 2, "signed requests", "--maintenance-rate")
    assert run("stress", "-e", "bybit", "-s", "ETH", "--live", "--strict", "-q", "--fee", "0", now=None).code == 0


def test_live_without_an_answer_is_an_error_or_names_what_stands_in(run, server):
    assert _live(run, "-e bybit")["maintenance_source"].startswith("bybit risk-limit, ")  # though a profile knows BTC
    server.faults[:] = [Fault("risk-limit", "html")]
    fallen = run("stress", "-e", "bybit", "--live", "--shocks=-10%", "-o", "json", now=None)
    assert fallen.code == 0 and "HTML page" in fallen.err and "bybit profile (" in fallen.err
    assert fallen.result["maintenance_source"].startswith("bybit profile (")
    refused(run("stress", "-e", "bybit", "-s", "ETH", "--live", now=None), 4, "bybit", "HTML page")
    server.faults[:] = [Fault("tickers", "status", status=500)]
    refused(run("stress", "-e", "bybit", "--live", now=None), 4, "bybit", "HTTP 500")


def test_live_warns_where_leverage_or_size_is_not_to_be_had(run, server):
    """50x ends at 500,000, everything at 2,000,000."""
    line = ("stress", "-e", "bybit", "-s", "ETH", "--live", "--shocks=-1%", "--side", "long")
    assert "bybit offers at most 20x on ETH/USDT:USDT at this size" in run(
        *line, "--leverage", "25", "--notional", "600k", now=None
    ).err  # fmt: skip
    assert "at most" not in run(*line, "--leverage", "20", "--notional", "600k", now=None).err
    assert "end at 2000000" in run(*line, "--notional", "3m", now=None).err


def test_the_position_cap_is_warned_about(run):
    """10,000 of spot, 2,000 of margin at 5x and 500 of buffer are 12,500: 12.5 % of 100,000; a reverse at 3x borrowed
    has 5,000 in place of the spot, a perp alone nothing."""
    line = ("stress", "--leverage", "5", "--buffer", "500", "--equity", "100k", "-o", "json")
    carried = run(*line)
    assert (carried.result["capital"], carried.result["share_of_equity"]) == (12_500, D("0.125"))
    assert "position cap of 5%" in carried.err
    assert run(*line, "-d", "reverse").result["capital"] == 7500
    coins = run(
        *line, "-s", "BTC/USD:BTC", "--price", "50000", "--maintenance-rate", "0.5%", "--buffer", "0"
    )  # 0.2 BTC and 0.04 of margin
    assert (coins.result["capital"], coins.result["share_of_equity"]) == (D("0.24"), D("0.12"))
    assert "ties up 12% of the equity" in coins.err
    alone = run(*line, "--side", "long", "--position-cap", "2.5%")
    assert (alone.result["capital"], "position cap" in alone.err) == (2500, False)
    inverse = run("stress", "-s", "BTC/USD:BTC", "--price", "50000", "-e", "binancecoinm", "--maintenance-rate", "0.4%",
                  "--collateral", "spot", "--haircut", "5%", "-o", "json")  # fmt: skip
    assert inverse.result["capital"] == D("0.21")  # the coin of 0.2 counts 0.19 of a margin of 0.2


def test_bitget_counts_its_taker_fee_when_it_liquidates(run):
    """Its example of margin tiers counts 0.06 %."""
    asked = ("stress", "-e", "bitget", "-s", "ETH", "--maintenance-rate", "0.5%", "-o", "json")
    assert run(*asked).result["closing_fee_rate"] == D("0.0006")
