"""How a person reads a number: four significant digits, its unit, countdowns."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.render.answer import Cell
from fundcli.render.human import hours, money, person, person_rate, plain_number, script

NOW = datetime(2026, 11, 21, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        ("0.0001", "0.01%"), ("0.00012345", "0.01234%"), ("0.00012355", "0.01236%"), ("-0.0005", "-0.05%"), ("0", "0%"),
        ("0.5475", "54.75%"), ("0.440251", "44.03%"), ("0.00000125", "0.000125%"), ("123.456", "12,350%"),
        ("0.0000000012", "0.00000012%"), ("1", "100%"),
    ],
)  # fmt: skip
def test_a_share_is_a_percent_with_four_significant_digits(rate, text):
    """Half to even: 0.012345 % is 0.01234 %."""
    assert person_rate(D(rate)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("10000", "10,000"),
        ("138025.1313", "138,025.13"),
        ("1.5", "1.50"),
        ("11.50", "11.50"),
        ("0", "0"),
        ("-30", "-30"),
        ("0.000125", "0.000125"),
        ("0.12345678", "0.1235"),
        ("-0.00012345", "-0.0001234"),
        ("1234567.8", "1,234,567.80"),
    ],
)
def test_money_has_cents_from_one_up_and_four_digits_below(amount, text):
    assert money(D(amount)) == text


@pytest.mark.parametrize("text", ["1.005", "999.999", "0.99999", "-1.999"])
def test_money_is_never_off_by_more_than_half_its_last_digit(text):
    shown = D(money(D(text)).replace(",", ""))
    assert abs(shown - D(text)) <= D("0.005")


@pytest.mark.parametrize(
    ("span", "text"),
    [
        ("8", "8h"), ("1", "1h"), ("24", "1d"), ("36", "1d 12h"), ("720", "30d"), ("12", "12h"), ("25", "1d 1h"),
        ("48", "2d"), ("0", "0h"), ("0.5", "0.5h"), ("233", "9d 17h"), ("8760", "365d"), ("23.75", "23.75h"),
        ("240000", "10,000d"),
    ],
)  # fmt: skip
def test_a_span_is_days_and_hours(span, text):
    assert hours(D(span)) == text


@given(st.integers(0, 100_000))
def test_days_and_hours_add_up(total):
    words = hours(D(total)).replace(",", "").split()
    assert sum(int(word[:-1]) * {"d": 24, "h": 1}[word[-1]] for word in words) == total


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (timedelta(hours=1, minutes=59, seconds=59), "1h 59m"),
        (timedelta(hours=2), "2h 00m"),
        (timedelta(minutes=5), "5m"),
        (timedelta(seconds=59), "0m"),
        (timedelta(hours=7, minutes=3), "7h 03m"),
        (timedelta(0), "0m"),
        (timedelta(hours=-6), "2026-11-21 16:00"),
    ],
)
def test_a_settlement_ahead_is_a_countdown_and_one_behind_a_time(ahead, text):
    assert person(NOW + ahead, "until", NOW) == text


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "money", "–"), (True, "text", "yes"), (30, "number", "30"), (D("1.5"), "number", "1.5"),
        (D("64123.456789"), "price", "64,123.457"), (D("0.000012345678"), "price", "0.000012345678"),
        (NOW, "time", "2026-11-21 22:00"), ("a\x1b[31mb\n", "text", "ab"), (D("12345.6"), "number", "12,346"),
        (Cell(D("0.0001"), "rate"), "text", "0.01%"), (Cell(D(5), "money", "USDT"), "text", "5 USDT"),
        (Cell(None, "percent"), "text", "–"),
    ],
)  # fmt: skip
def test_every_kind_of_value_has_a_form_for_people(value, kind, text):
    assert person(value, kind, NOW) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (D("1E-7"), "0.0000001"),
        (30, "30"),
        (NOW, "2026-11-21T22:00:00Z"),
        (Cell(D("0.10"), "rate", "x"), "0.1"),
        ("a\tb\nc", "a bc"),
        (D("10000"), "10000"),
    ],
)
def test_every_kind_of_value_has_a_form_for_scripts(value, text):
    assert script(value) == text


def test_a_time_of_another_zone_is_shown_in_utc():
    there = datetime.fromisoformat("2026-11-22T06:00:00+08:00")
    assert person(there, "time", NOW) == "2026-11-21 22:00"
    assert script(there) == "2026-11-21T22:00:00Z"


@given(st.decimals("-9999", "9999", places=6))
def test_a_number_for_people_is_right_to_four_digits(number):
    shown = D(plain_number(number).replace(",", ""))
    assert abs(shown - number) <= abs(number) * D("0.0005")
