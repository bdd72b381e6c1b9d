"""What people type, read as exact values (DESIGN §3, "Values")."""

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core import units
from fundcli.errors import UsageError


@pytest.mark.parametrize(
    "text", ["0.01%", "0.0001", "1bp", "1bps", "1BP", " 0.01 % ", "+0.01%", ".0001", "1e-4", "0.010%"]
)
def test_every_way_to_write_one_basis_point_is_the_same_rate(text):
    assert units.parse_rate(text) == D("0.0001")


@pytest.mark.parametrize("text", ["-0.01%", "-1bp", "-0.0001", "\u22120.01%"])
def test_a_negative_rate_keeps_its_sign(text):
    assert units.parse_rate(text) == D("-0.0001")


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("10k", "10000"), ("1.5m", "1500000"), ("10_000", "10000"), ("2b", "2000000000"), ("10000", "10000"),
        ("0.5", "0.5"), ("10K", "10000"), ("1e3", "1000"), ("-5k", "-5000"),
    ],
)  # fmt: skip
def test_money_is_read_with_its_multiple(text, money):
    assert units.parse_money(text) == D(money)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("8h", "8"), ("30d", "720"), ("2w", "336"), ("1y", "8760"), ("1d12h", "36"), ("1d 12h", "36"), ("1.5h", "1.5"),
        ("30min", "0.5"), ("90m", "1.5"), ("1h30m", "1.5"), ("3600s", "1"), ("8H", "8"),
    ],
)  # fmt: skip
def test_a_span_is_read_in_hours(text, hours):
    assert units.parse_span(text) == D(hours)


@pytest.mark.parametrize(("text", "hours"), [("480min", 8), ("240m", 4), ("28800s", 8), ("120min", 2), ("420m", 7)])
def test_a_whole_number_of_hours_written_in_minutes_or_seconds_is_exact(text, hours):
    """480 / 60 = 8, so 480 minutes are one 8-hour interval, and not a hair more (which would count a settlement)."""
    assert units.parse_span(text) == hours


@pytest.mark.parametrize("text", ["0.5", "8", "", "h", "0h", "-8h", "8x", "8h5", "1 000y 5", "nan", "1e3h", "1001y"])
def test_what_is_no_span_of_time_is_refused(text):
    with pytest.raises(UsageError):
        units.parse_span(text)


def test_a_bare_number_for_a_span_is_asked_about():
    with pytest.raises(UsageError) as caught:
        units.parse_span("8", "--hold")
    assert "--hold" in caught.value.message
    assert "8h" in caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "NaN",
        "inf",
        "-inf",
        "Infinity",
        "1e400",
        "1e16",
        "",
        " ",
        "%",
        "1%%",
        "0,01%",
        "1,000",
        "0x10",
        "1_",
        "_1",
        "--1",
        "1e-400",
        "one",
        "1/2",
        "sNaN",
    ],
)
def test_what_is_no_finite_number_is_refused_everywhere(text):
    for parse in (units.parse_number, units.parse_share, units.parse_rate, units.parse_fee, units.parse_money):
        with pytest.raises(UsageError):
            parse(text)


@pytest.mark.parametrize("text", ["0.0031", "0.01", "-0.01", "1", "0.1"])
def test_a_bare_rate_above_three_thousandths_is_taken_for_a_percent_without_its_sign(text):
    with pytest.raises(UsageError) as caught:
        units.parse_rate(text)
    assert f"{text}%" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "rate"), [("0.003", "0.003"), ("-0.003", "-0.003"), ("1%", "0.01"), ("100bp", "0.01"), ("75%", "0.75")]
)
def test_a_rate_up_to_three_thousandths_or_with_a_sign_is_taken(text, rate):
    assert units.parse_rate(text) == D(rate)


def test_the_question_about_a_bare_rate_offers_both_readings():
    """0.01 is 1 % of notional at every settlement; 0.01 % is what was meant."""
    with pytest.raises(UsageError) as caught:
        units.parse_rate("0.01")
    assert "0.01%" in caught.value.remedy
    assert "1%" in caught.value.remedy.replace("0.01%", "")


@pytest.mark.parametrize("text", ["0.01", "0.5", "-0.02", "1"])
def test_a_bare_fee_of_a_hundredth_or_more_is_refused(text):
    with pytest.raises(UsageError):
        units.parse_fee(text)


@pytest.mark.parametrize(
    ("text", "fee"), [("0.0099", "0.0099"), ("1%", "0.01"), ("-0.005%", "-0.00005"), ("0", "0"), ("5bp", "0.0005")]
)
def test_a_fee_is_a_share_and_a_rebate_is_negative(text, fee):
    assert units.parse_fee(text) == D(fee)


@pytest.mark.parametrize("text", ["100%", "-100%", "250%"])
def test_a_fee_of_the_whole_notional_is_refused(text):
    with pytest.raises(UsageError):
        units.parse_fee(text)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-05T08:01Z", datetime(2026, 1, 5, 8, 1, tzinfo=UTC)),
        ("2026-01-05T08:01", datetime(2026, 1, 5, 8, 1, tzinfo=UTC)),
        ("2026-01-05 08:01:30", datetime(2026, 1, 5, 8, 1, 30, tzinfo=UTC)),
        ("2026-01-05T10:01+02:00", datetime(2026, 1, 5, 8, 1, tzinfo=UTC)),
        ("2026-01-05", datetime(2026, 1, 5, tzinfo=UTC)),
        ("20260105", datetime(2026, 1, 5, tzinfo=UTC)),
    ],
)
def test_a_time_is_utc_unless_it_says_otherwise(text, instant):
    assert units.parse_time(text) == instant
    assert units.parse_time(text).utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "05.01.2026", "1767600000", "1970-01-01", "9999-12-31"]
)
def test_what_is_no_time_of_a_market_is_refused(text):
    with pytest.raises(UsageError):
        units.parse_time(text)


def test_since_takes_a_time_or_how_long_ago():
    now = datetime(2026, 11, 21, 22, tzinfo=UTC)
    assert units.parse_time_or_span("1d", now) == datetime(2026, 11, 20, 22, tzinfo=UTC)
    assert units.parse_time_or_span("90m", now) == datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
    assert units.parse_time_or_span("2026-11-01", now) == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "yearly"),
    [("7.3%", "0.073"), ("7.3%/y", "0.073"), ("0.02%/d", "0.073"), ("0.001%/h", "0.0876"), ("0.02% / day", "0.073")],
)
def test_a_borrow_rate_is_a_years_unless_it_says_another_period(text, yearly):
    """0.02 % x 365 = 7.3 %; 0.001 % x 8760 = 8.76 %."""
    assert units.parse_borrow(text) == D(yearly)


@pytest.mark.parametrize("text", ["-1%", "5%/week", "nan", "", "/d"])
def test_what_is_no_borrow_rate_is_refused(text):
    with pytest.raises(UsageError):
        units.parse_borrow(text)


@given(st.decimals("-900", "900", allow_nan=False, allow_infinity=False, places=6))
def test_a_percent_is_a_hundredth_and_a_basis_point_a_ten_thousandth_of_the_same_number(number):
    text = format(number, "f")
    assert units.parse_share(f"{text}%") * 100 == number
    assert units.parse_share(f"{text}bp") * 10_000 == number


@given(st.text(max_size=12))
def test_any_text_is_a_finite_number_or_a_usage_error(text):
    for parse in (units.parse_share, units.parse_money, units.parse_span, units.parse_borrow):
        try:
            value = parse(text)
        except UsageError:
            continue
        assert value.is_finite()


@given(st.integers(1_300_000_000_000, 4_000_000_000_000))
def test_milliseconds_survive_the_way_to_a_time_and_back(ms):
    assert units.to_ms(units.from_ms(ms)) == ms
