"""Hold, close or switch, by hand."""

from datetime import UTC, datetime
from decimal import Decimal as D

from fundcli.core.choices import choices, funding_to_date
from fundcli.core.history import Settled
from tests.core.plans import answer

ENTERED = datetime(2026, 1, 1, tzinfo=UTC)
EIGHT = 8 * 3_600_000


def test_entry_costs_are_sunk_in_all_of_them():
    """90 of funding; each fill of 10,000 costs 5 of fee and 1 of slippage. Keep: 90 - 12. Close: -12. Switch to twice
    the rate at half the fee: -12 + 180 - 4 x (2.5 + 1)."""
    held = answer(fees="0.0005", slippage="0.0001")
    other = answer("0.0002", fees="0.00025", slippage="0.0001")
    found = choices(held, other, ENTERED, None)
    assert [(row.choice, row.net) for row in found.rows] == [("keep", 78), ("close", -12), ("switch", 154)]
    assert (found.best, found.entry_costs) == ("switch", 12)
    assert found.funding_to_date is None


def test_capital_set_free_earns_the_hurdle():
    """20,000 freed at 3.65 % a year for 30 d: 60. Moving to 5x sets 8,000 of it free: 24."""
    held = answer(fees="0.0005", hurdle_rate=D("0.0365"))
    other = answer(fees="0.0005", leverage="5", hurdle_rate=D("0.0365"))
    found = choices(held, other, ENTERED, None)
    assert [(row.cash, row.net) for row in found.rows] == [(0, 80), (60, 50), (24, 84)]


def test_without_a_contract_to_move_to_there_are_two_ways():
    found = choices(answer("-0.0001", fees="0.0005"), None, ENTERED, (3, D(-3)))
    assert [(row.choice, row.net) for row in found.rows] == [("keep", -100), ("close", -10)]
    assert (found.best, found.settlements_to_date, found.funding_to_date) == ("close", 3, -3)


def test_what_settled_since_is_taken_at_its_own_prices():
    """100 coins: 0.01 % at 110, then 0.02 % without a price, so at the notional of now: 1.1 + 2. One lies before the
    entry, one at it (not paid), one after now."""
    held = answer()
    rates = (("0.0009", 0), ("0.0009", 1), ("0.0001", 2), ("0.0002", 3), ("0.0009", 4))
    rows = [Settled(at * EIGHT, D(rate), 8) for rate, at in rates]
    found = funding_to_date(rows, {2 * EIGHT: D(110)}, held, EIGHT, 3 * EIGHT)
    assert found == (2, D("3.1"))
    reverse = answer(direction="reverse")
    assert funding_to_date(rows, {2 * EIGHT: D(110)}, reverse, EIGHT, 3 * EIGHT) == (2, D("-3.1"))
