"""Exactness: one context whatever the caller's, and plain notation."""

from decimal import ROUND_DOWN, localcontext
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.annualize import apr
from fundcli.core.numbers import ledger, plain
from fundcli.errors import UsageError


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1E-7", "0.0000001"), ("1E+3", "1000"), ("0E-18", "0"), ("-0.0", "0"), ("5.00", "5"), ("-1.50", "-1.5"),
        ("100", "100"), ("1E-30", "0.000000000000000000000000000001"), ("0", "0"), ("-0E+5", "0"),
    ],
)  # fmt: skip
def test_plain_notation_has_no_exponent_and_no_idle_zeros(number, text):
    assert plain(D(number)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=D("-1e30"), max_value=D("1e30")))
def test_plain_notation_is_the_same_number(number):
    assert D(plain(number)) == number
    assert "E" not in plain(number)


def test_a_ledger_line_is_rounded_once_to_a_billionth_of_a_billionth_half_to_even():
    assert ledger(D("0.0000000000000000005")) == 0
    assert ledger(D("0.0000000000000000015")) == D("0.000000000000000002")
    assert str(ledger(D(1) / 3)) == "0.333333333333333333"


def test_the_callers_decimal_context_changes_nothing():
    with localcontext(prec=3, rounding=ROUND_DOWN):
        assert apr(D("0.00012345678"), D(8)) == D("0.1351851741")  # 0.00012345678 x 1095


def test_an_amount_beyond_any_market_is_refused_in_words():
    with pytest.raises(UsageError, match="beyond any market"):
        ledger(D("6.4e34"))
    assert ledger(D("1e31")) == D("1e31")
