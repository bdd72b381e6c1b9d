"""`fundcli carry` from the command line: directions, fees, capital, borrow, strictness, conflicts."""

from decimal import Decimal as D

import pytest

from tests.commands.expect import answered, refused


def _carry(run, line):
    return answered(run("carry", *line.split(), "-o", "json"))


@pytest.mark.parametrize(
    ("line", "direction"),
    [
        ("--rate 0.01%", "cash-and-carry"), ("--rate=-0.01%", "reverse"), ("--rate 0%", "cash-and-carry"),
        ("--rate 0.01% --direction reverse", "reverse"), ("--rate=-0.01% -d cash-and-carry", "cash-and-carry"),
    ],
)  # fmt: skip
def test_the_sign_of_the_rate_chooses_the_direction_unless_it_is_given(run, line, direction):
    assert _carry(run, line)["direction"] == direction


@pytest.mark.parametrize(
    ("line", "fees"),
    [
        ("", "30"),  # 2 x (10 + 5)
        ("--legs maker", "24"),  # 2 x (10 + 2)
        ("--legs taker,maker", "24"),
        ("--legs maker,taker,taker,maker", "27"),  # 10 + 5 + 10 + 2
        ("--legs none", "0"),
        ("--discount BNB", "24"),  # 2 x (7.5 + 4.5)
        ("--tier VIP9", "8"),  # 2 x (2.3 + 1.7)
        ("--spot-fee 0.02%,0.04% --perp-fee 0", "6"),
        ("--spot-fee 0 --perp-fee=-0.005%", "-1"),
        ("-e okx", "30"),
        ("-e bybit", "31"),
    ],
)
def test_four_fills_pay_what_the_profile_the_roles_and_the_options_say(run, line, fees):
    result = _carry(run, f"--rate 0.01% {line}")
    assert result["fees"] == D(fees)
    assert len(result["legs"]) == 4


@pytest.mark.parametrize(
    ("slippage", "legs"),
    [("0.02%", (2, 2, 2, 2)), ("0.01%,0.03%", (1, 3, 1, 3)), ("0.01%,0.02%,0.03%,0.04%", (1, 2, 3, 4))],
)
def test_slippage_is_for_every_leg_for_each_market_or_for_each_fill(run, slippage, legs):
    """10,000 x 0.01 % = 1."""
    result = _carry(run, f"--rate 0.01% --slippage {slippage}")
    assert tuple(leg["slippage"] for leg in result["legs"]) == legs
    assert result["slippage"] == sum(legs)


def test_the_basis_enters_the_ledger(run):
    """10,100 at 101: 100 coins x (1 - 0.2) = 80."""
    result = _carry(run, "--rate 0.01% --price 100 --notional 10100 --basis-open 1% --basis-close 0.2%")
    assert result["basis_pnl"] == 80
    assert result["quantity"] == 100


def test_an_inverse_carry_is_counted_in_coin_and_ties_up_the_coin_alone(run):
    """0.2 BTC: spot 0.10 % and COIN-M 0.05 %, twice: 0.2 x 0.003 = 0.0006 BTC."""
    result = _carry(run, "-s BTC/USD:BTC --price 50000 --rate 0.01% --hold 1d")
    assert (result["currency"], result["capital"], result["fees"]) == ("BTC", D("0.2"), D("0.0006"))
    assert result["gross_funding"] == D("0.00006")


def test_all_the_money_of_a_desk_is_counted_in_quote_money(run):
    """0.2 BTC at 50,000 are 10,000, 1 % of a million; the reverse ties up 0.3."""
    line = "-s BTC/USD:BTC --price 50000 --rate 0.01% --equity 1m"
    assert _carry(run, line)["share_of_equity"] == D("0.01")
    over = run("carry", *line.split(), "-d", "reverse", "--borrow-rate", "1%", "--position-cap", "1%", "-o", "json")
    assert answered(over)["share_of_equity"] == D("0.015")
    assert "1.5% of the equity" in over.err and "10,000" in over.err


@pytest.mark.parametrize("shock", ["0%", "30%", "100%", "300%"])
@pytest.mark.parametrize(
    "line",
    [
        "", "--direction reverse --borrow-rate 5%", "--spot-leverage 2 --borrow-rate 5%",
        "-s BTC/USD:BTC --price 50000", "-s BTC/USD:BTC --price 50000 -d reverse --borrow-rate 5%",
        "--collateral spot --haircut 100%", "--collateral unified --haircut 100%",
    ],
)  # fmt: skip
def test_a_greater_shock_asks_for_more_and_nothing_else_changes(run, line, shock):
    calm, shaken = (_carry(run, f"--rate 0.01% --leverage 4 --shock {move} {line}") for move in ("0%", shock))
    assert shaken["capital"] >= calm["capital"] > 0
    assert abs(shaken["capital"] - calm["capital"] - shaken["capital_shock"]) < D("1e-20")
    assert (shaken["fees"], shaken["gross_funding"]) == (calm["fees"], calm["gross_funding"])


def test_a_reverse_carry_pays_for_the_hours_that_binance_counts(run):
    """MATH.md: 13:20 to 14:15 is 2 h; 1,000 at 0.02 % a day for them is 0.0166667."""
    result = _carry(
        run,
        "--rate=-0.1% --notional 1000 --borrow-rate 0.02%/d --open 2026-01-05T13:20Z --close 2026-01-05T14:15Z",
    )
    assert result["borrow_hours"] == 2
    assert result["borrow"] == D("0.016666666666666667")


def test_okx_counts_started_hours(run):
    """55 minutes are one hour; 10,000 x 0.03 % / 24 = 0.125 (vectors.json okx-borrow-hourly)."""
    line = "-e okx --rate=-0.1% --borrow-rate 0.03%/d --open 2026-01-05T13:20Z --close 2026-01-05T14:15Z"
    assert _carry(run, line)["borrow"] == D("0.125")


def test_ten_percent_on_notional_is_six_point_six_seven_on_capital(run):
    """MATH.md: L_b = 3, L = 1."""
    result = _carry(run, "--rate=-10% --hold 8h --spot-fee 0 --perp-fee 0 --borrow-rate 0%")
    assert (result["capital"], result["net"]) == (15_000, 1000)
    assert round(result["net_on_capital"], 5) == D("0.06667")


def test_spot_as_collateral_frees_the_margin(run):
    """10,000 + max(0, 5,000 + 5,000 - 9,000) = 11,000."""
    result = _carry(run, "--rate 0.01% --leverage 2 --collateral spot --haircut 10% --shock 50%")
    assert result["capital"] == 11_000


def test_a_spot_fee_taken_in_coin_shrinks_the_hedge(run):
    result = _carry(run, "--rate 0.01% --price 10000 --notional 100k --spot-fee 0.1% --spot-fee-in base")
    assert result["quantity"] == D("9.99")


def test_an_open_counts_the_hours_to_the_break_even_settlement(run):
    """07:00 to the thirtieth settlement: 1 + 29 x 8."""
    result = _carry(run, "--rate 0.01% --open 2026-01-05T07:00Z --hold 30d")
    assert (result["break_even_settlements"], result["break_even_hours"]) == (30, 233)
    assert result["settlements"] == 90


def test_an_end_inside_the_settlement_window_is_flagged(run):
    """MATH.md: ends inside the exchange's settlement window are flagged. Opened 5 s after 08:00, window 15 s."""
    line = ["carry", "--rate", "0.01%", "--close", "2026-01-06T12:00Z", "-o", "json"]
    near = run(*line, "--open", "2026-01-05T08:00:05Z")
    assert any("2026-01-05T08:00:00Z" in warning for warning in near.json["warnings"])
    assert run(*line, "--open", "2026-01-05T08:00:16Z").json["warnings"] == []


def test_what_never_breaks_even_is_null(run):
    result = _carry(run, "--rate 0%")
    assert result["break_even_settlements"] is None
    assert result["break_even_hours"] is None
    assert round(result["break_even_rate"], 12) == D("0.000033333333")  # 0.003 / 90


def test_a_reverse_carry_without_a_borrow_rate_takes_zero_and_says_so(run):
    result = run("carry", "--rate=-0.01%", "-o", "json")
    assert answered(result)["borrow"] == 0
    assert any("borrow" in warning for warning in result.json["warnings"])
    assert result.err.startswith("fundcli: warning: ")
    assert "--borrow-rate" in result.err


def test_a_reverse_carry_without_a_borrow_rate_is_not_strict(run):
    line = ["carry", "--rate=-0.01%", "--interval", "8h", "--strict"]
    refused(run(*line), 6, "borrow")
    assert run(*line, "--borrow-rate", "8%").code == 0
    assert run("carry", "--rate", "0.01%", "--interval", "8h", "--strict").code == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--rate 0.01% --live", ("--rate", "--live")),
        ("--legs takr", ("--legs", "taker")),
        ("--legs taker,maker,taker", ("--legs", "3")),
        ("--slippage 0.5", ("--slippage", "0.5%")),
        ("--slippage 1%,2%,3%", ("--slippage",)),
        ("--spot-fee 100%", ("--spot-fee",)),
        ("--direction revers", ("--direction", "reverse")),
        ("--borrow-leverage 1", ("--borrow-leverage",)),
        ("--borrow-rate=-1%", ("--borrow-rate",)),
        ("--borrow-rate 5%/fortnight", ("--borrow-rate",)),
        ("--collateral spott", ("--collateral", "spot")),
        ("--haircut 10%", ("--haircut", "--collateral")),
        ("--shock 30", ("--shock", "at most 10")),  # 30 % or thirtyfold?
        ("--spot-leverage 3 -s BTC/USD:BTC --price 50000", ("--spot-leverage",)),
        ("--collateral spot --haircut 101%", ("--haircut",)),
        ("--collateral spot --direction reverse", ("--collateral",)),
        ("--collateral unified --spot-exchange okx", ("--collateral unified", "okx", "binance")),
        ("--buffer=-1", ("--buffer",)),
        ("--basis-open=-100%", ("basis",)),
        ("--hold 8h --open 2026-01-05 --close 2026-01-06", ("--hold", "--open", "--close")),
        ("--rate 0.5", ("0.5%", "50%")),
    ],
)
def test_a_wrong_line_is_refused_in_one_line_that_names_what_is_wrong(run, line, words):
    refused(run("carry", *line.split()), 2, *words)


def test_apy_takes_one_source_and_finds_the_rate_behind_a_yearly_one(run):
    """10.95 % a year is 0.01 % per 8 h; 44.0251...% compounded is 0.1 % a day."""
    assert answered(run("apy", "--apr", "10.95%", "-o", "json"))["rate"] == D("0.0001")
    found = answered(run("apy", "--apy", "44.02513134295205%", "--interval", "1d", "-o", "json"))["rate"]
    assert abs(found - D("0.001")) < D("1e-15")
    refused(run("apy", "--apr", "10%", "--apy", "10%"), 2, "--apr", "--apy")
    refused(run("apy", "--rate", "0%", "--apr", "10%"), 2, "--rate", "--apr")
    refused(run("apy", "--target=-100%"), 2, "-100 %")


def test_apy_of_a_target_is_what_is_left_after_friction(run):
    result = answered(run("apy", "--target", "20%", "--friction", "6%", "--interval", "8h", "-o", "json"))
    assert abs(result["net_apy"] - D("0.2")) < D("1e-30")
    assert abs(result["apy"] - D("0.26")) < D("1e-30")


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("carry -e binancecoinm --price 60000 --leverage 5", "--leverage"),
        ("carry -e binancecoinm --price 60000 --collateral spot --haircut 10%", "--haircut"),
        ("carry --rate 0.01% --borrow-rate 8%", "--borrow-rate"),
        ("carry --rate 0.01% --borrow-leverage 4", "--borrow-leverage"),
        ("carry -s BTC/USD:BTC --price 60000 --shock 30% --maintenance-rate 1%", "--maintenance-rate"),
        ("carry -s BTC/USD:BTC --price 60000 --collateral spot --shock 30% --borrow-rate 8%", "--borrow-rate"),
    ],
)
def test_an_option_that_cannot_matter_is_said_to_have_no_effect(run, line, option):
    result = run(*line.split())
    assert result.code == 0
    assert f"warning: {option} has no effect: " in result.err


@pytest.mark.parametrize(
    ("line", "beyond"),
    [
        ("-n 40k --shock 20%", False), ("-n 40k --shock 30%", True), ("-n 60k --shock 10%", True),
        ("-n 40k --shock 30% -d reverse --borrow-rate 1%", False),  # a long is worth less on its way down
    ],
)  # fmt: skip
def test_a_shock_beyond_the_tiers_on_record_is_said(run, line, beyond):
    """Binance's end at 50,000: 40,000 up by 30 % are 52,000."""
    result = run("carry", "--rate", "0.01%", "--leverage", "5", *line.split())
    assert result.code == 0 and ("end at 50000" in result.err) == beyond


@pytest.mark.parametrize(
    "line",
    [
        "carry --rate 0.01% --leverage 5",
        "carry --rate=-0.01% --borrow-rate 8% --borrow-leverage 4",
        "carry --rate 0.01% --collateral spot --haircut 10% --shock 50% --borrow-rate 8%",
        "carry -e binancecoinm -s ETH/USD:ETH --price 3000 --rate 0.01% --spot-exchange binance --collateral unified",
        "carry -s BTC/USD:BTC --price 60000 --collateral-yield 4% --buffer 0.1",
    ],
)
def test_an_option_that_matters_draws_no_warning(run, line):
    assert run(*line.split()).err == ""
