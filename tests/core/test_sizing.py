"""The notional that ties up a given capital."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.sizing import notional_for

MONEY = st.decimals(D("0.01"), D("1e9"), places=2)


@given(MONEY, st.decimals(D("0.3"), D(50), places=4))
def test_capital_in_proportion_is_met_to_nine_digits_and_never_passed(capital, share):
    notional = notional_for(lambda notional: notional * share, capital)
    assert capital * (1 - D("2e-9")) < notional * share <= capital * (1 + D("1e-11"))
    assert len(notional.as_tuple().digits) <= 10 + max(0, notional.as_tuple().exponent)


@given(MONEY, MONEY, st.decimals(D("1.01"), D(5), places=3))
def test_where_the_capital_leaps_the_largest_size_that_it_covers_is_found(capital, edge, factor):
    """A tier that ends at `edge`, included: beyond, all of the notional ties up more."""

    def capital_at(notional):
        return notional * (1 if notional <= edge else factor)

    found = notional_for(capital_at, capital)
    best = capital / factor if capital / factor > edge else min(edge, capital)
    assert capital_at(found) <= capital * (1 + D("1e-11"))
    assert best * (1 - D("2e-9")) <= found <= best * (1 + D("2e-9"))


@pytest.mark.parametrize(("capital", "share", "notional"), [(5000, 2, "2500"), (5000, 3, "1666.666666"), (1, 2, "0.5")])
def test_it_can_be_typed_again(capital, share, notional):
    assert format(notional_for(lambda size: size * share, D(capital)), "f") == notional
