"""The hedge ratio and its error, against numbers worked by hand, tables of t, and what must hold of any series."""

import math
import statistics
from decimal import Decimal as D
from fractions import Fraction as F

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fundcli.core import hedge as hedging
from fundcli.core.hedge import Contract, effectiveness, effectiveness_lost, hedge_ratio
from fundcli.core.hedge_answer import hedge
from fundcli.core.hedge_series import Terms, estimate, returns
from fundcli.core.regression import decaying, fit
from fundcli.core.student import quantile, within
from fundcli.errors import DataError

HOUR = 3_600_000
Y, X = [1, 2, 1.3, 3.75, 2.25], [1, 2, 3, 4, 5]
SERIES = st.lists(
    st.tuples(st.floats(-0.1, 0.1, allow_subnormal=False), st.floats(-0.1, 0.1, allow_subnormal=False)),
    min_size=4, max_size=40,
)  # fmt: skip


def moving(pairs):
    """Both series apart, where they move enough to divide by."""
    y, x = [a for a, _ in pairs], [b for _, b in pairs]
    assume(statistics.stdev(y) > 1e-3 and statistics.stdev(x) > 1e-3)
    return y, x


def prices(steps, hours=1, start=0):
    """Prices that make these log returns, and their times."""
    found, level = {start: 100.0}, 100.0
    for i, step in enumerate(steps, 1):
        level *= math.exp(step)
        found[start + i * hours * HOUR] = level
    return found


def terms(**changes):
    given = {
        "window_hours": D(5), "long_hours": D(10), "step_hours": 1, "confidence": D("0.95"), "threshold": D("0.15"),
    }  # fmt: skip
    return Terms(**{**given, **changes})


def test_the_worked_example_of_ether_and_bitcoin():
    """0.86 x 4 % / 3 % = 1.14666…; its square 0.7396; the reverse 0.86 x 3 / 4 = 0.645."""
    assert abs(hedge_ratio(D("0.86"), D("0.04"), D("0.03")) - D("1.1466666666666666666666666667")) < D("1e-27")
    assert effectiveness(D("0.86")) == D("0.7396")
    assert hedge_ratio(D("0.86"), D("0.03"), D("0.04")) == D("0.645")


@pytest.mark.parametrize(
    ("confidence", "degrees", "t"),
    [
        (0.95, 1, 12.7062), (0.95, 2, 4.3027), (0.95, 5, 2.5706), (0.95, 10, 2.2281), (0.95, 30, 2.0423),
        (0.95, 120, 1.9799), (0.99, 1, 63.6567), (0.99, 10, 3.1693), (0.9, 4, 2.1318), (0.999, 20, 3.8495),
        (0.95, 1e7, 1.95996),
    ],
)  # fmt: skip
def test_quantiles_are_those_of_the_printed_tables_of_t(confidence, degrees, t):
    assert quantile(confidence, degrees) == pytest.approx(t, abs=6e-5)


@given(st.floats(0.01, 50))
def test_two_degrees_of_freedom_have_a_closed_form(t):
    """P(|T| < t) = t / sqrt(2 + t²) at two degrees, and 2 / pi x atan(t) at one."""
    assert within(t, 2) == pytest.approx(t / math.sqrt(2 + t * t), abs=1e-12)
    assert within(t, 1) == pytest.approx(2 / math.pi * math.atan(t), abs=1e-12)


def test_a_quantile_needs_sense():
    for wrong in ((0, 5), (1, 5), (0.95, 0)):
        with pytest.raises(ValueError, match="confidence"):
            quantile(*wrong)


def test_the_textbook_line_has_its_slope_and_errors():
    """Means 2.06 and 3, Sxx 10, Sxy 4.25, Syy 4.597: slope 0.425, residual sum 2.79075, error √(2.79075/3/10).

    Newey-West by hand: scores 0.42, -0.365, 0, 1.265, -1.32; squares 3.65225; products one step apart -1.8231, two
    -0.461725; weights 2/3 and 1/3 twice: 0.913633; x 5/3, root, / 10.
    """
    found = fit(Y, X, range(5))
    assert found.slope == pytest.approx(0.425, abs=1e-12)
    assert found.correlation == pytest.approx(4.25 / math.sqrt(45.97), abs=1e-12)
    assert found.error == pytest.approx(math.sqrt(2.79075 / 3 / 10), abs=1e-12)
    assert (found.lags, found.count, found.effective) == (2, 5, 5)
    assert found.error_newey_west == pytest.approx(0.1233986, abs=1e-7)
    assert found.deviation_y == pytest.approx(statistics.stdev(Y), abs=1e-12)
    assert found.deviation_x == pytest.approx(math.sqrt(2.5), abs=1e-12)


def test_no_product_spans_a_hole():
    """As above with three steps missing after the third: the products two apart are gone, those one apart are not."""
    assert fit(Y, X, [1, 2, 3, 10, 11]).error_newey_west == pytest.approx(0.1426797, abs=1e-7)


def test_whole_weights_are_repeated_observations():
    once = fit(Y, X, range(5), [3, 1, 2, 1, 1])
    repeated = fit([1, 1, 1, 2, 1.3, 1.3, 3.75, 2.25], [1, 1, 1, 2, 3, 3, 4, 5], range(8))
    assert once.slope == pytest.approx(repeated.slope, abs=1e-12)
    assert once.correlation == pytest.approx(repeated.correlation, abs=1e-12)
    assert once.effective == pytest.approx(8 * 8 / 16)


def test_weights_halve_with_every_half_life_and_vanish_at_last():
    assert decaying([0, 12, 24, 1e9], 12) == [1, 0.5, 0.25, 0]


@given(SERIES)
def test_the_line_is_that_of_the_statistics_module(pairs):
    y, x = moving(pairs)
    found = fit(y, x, range(len(y)))
    assert found.slope == pytest.approx(statistics.linear_regression(x, y).slope, rel=1e-7, abs=1e-9)
    assert found.correlation == pytest.approx(statistics.correlation(x, y), rel=1e-7, abs=1e-9)
    assert (found.deviation_y, found.deviation_x) == pytest.approx((statistics.stdev(y), statistics.stdev(x)))


@given(SERIES, st.floats(0.1, 1000))
def test_weights_of_equal_size_change_nothing(pairs, size):
    y, x = moving(pairs)
    plain, weighed = fit(y, x, range(len(y))), fit(y, x, range(len(y)), [size] * len(y))
    for name in ("slope", "correlation", "deviation_y", "error", "error_newey_west", "effective"):
        assert getattr(weighed, name) == pytest.approx(getattr(plain, name), rel=1e-9, abs=1e-12)


@given(SERIES)
def test_the_ratio_times_the_reverse_ratio_is_the_share_of_variance_that_goes(pairs):
    y, x = moving(pairs)
    there, back = fit(y, x, range(len(y))), fit(x, y, range(len(y)))
    assert there.slope * back.slope == pytest.approx(there.correlation**2, abs=1e-9)
    rest = [a - there.slope * b for a, b in zip(y, x, strict=True)]
    gone = 1 - statistics.variance(rest) / statistics.variance(y)
    assert gone == pytest.approx(there.correlation**2, abs=1e-6)


@given(SERIES, st.floats(0.1, 50))
def test_a_series_scaled_scales_the_ratio_and_its_error_alone(pairs, k):
    y, x = moving(pairs)
    one, other = fit(y, x, range(len(y))), fit([k * a for a in y], x, range(len(y)))
    assert other.slope == pytest.approx(k * one.slope, rel=1e-8, abs=1e-10)
    assert other.error == pytest.approx(k * one.error, rel=1e-6, abs=1e-9)
    assert other.correlation == pytest.approx(one.correlation, abs=1e-9)


def test_a_price_that_does_not_move_is_named():
    with pytest.raises(DataError, match="instrument does not move"):
        fit([0.1, 0.2, 0.1], [0.0, 0.0, 0.0], range(3))
    with pytest.raises(DataError, match="exposure does not move"):
        fit([0.1, 0.1, 0.1], [0.1, 0.2, 0.3], range(3))


@given(SERIES, st.floats(0.01, 100), st.floats(0.01, 100))
def test_the_unit_of_a_price_does_not_matter(pairs, a, b):
    y, x = moving(pairs)
    one, other = prices(y), prices(x)
    span = terms(window_hours=D(len(y)), long_hours=D(1000))
    end = len(y) * HOUR
    base = estimate(one, other, end, HOUR, span)
    scaled = estimate({t: p * a for t, p in one.items()}, {t: p * b for t, p in other.items()}, end, HOUR, span)
    assert float(scaled.ratio) == pytest.approx(float(base.ratio), rel=1e-6, abs=1e-8)


def test_an_estimate_is_the_textbook_line_over_log_returns_with_students_interval():
    """0.425 ± 3.182446 x 0.305 (t of 95 % at 3 degrees); the volatility of a year is x sqrt(8760)."""
    y, x = (prices([value / 100 for value in series]) for series in (Y, X))
    found = estimate(y, x, 5 * HOUR, HOUR, terms())
    assert float(found.ratio) == pytest.approx(0.425, abs=1e-10)
    assert float(found.low) == pytest.approx(0.425 - 3.182446 * 0.305, abs=1e-6)
    assert float(found.high) == pytest.approx(0.425 + 3.182446 * 0.305, abs=1e-6)
    assert float(found.newey_west.high) == pytest.approx(0.425 + 3.182446 * 0.1233986, abs=1e-6)
    assert (found.returns, found.effective_returns, found.degrees) == (5, 5, 3)
    assert float(found.volatilities.instrument_year) == pytest.approx(math.sqrt(2.5) / 100 * math.sqrt(8760), abs=1e-9)
    assert (found.window.common, found.window.expected_returns, found.window.gaps) == (6, 5, 0)


def test_what_one_of_them_lacks_is_dropped_and_never_filled():
    """Six hours; y lacks the hour 2, x the hour 3: the returns ending at 2, 3 and 4 go, 1 and 5 stay."""
    y, x = prices([0.01, 0.02, -0.01, 0.03, 0.01, 0.02]), prices([0.02, 0.01, 0.01, -0.02, 0.01, 0.03])
    del y[2 * HOUR], x[3 * HOUR]
    assert returns(y, x, 1, 0, 6 * HOUR).places == [1, 5, 6]
    window = estimate(y, x, 6 * HOUR, HOUR, terms(window_hours=D(6))).window
    assert (window.exposure_prices, window.instrument_prices, window.common) == (6, 6, 5)
    assert (window.dropped, window.gaps, window.missing, window.expected_returns) == (2, 1, 2, 6)


def test_longer_steps_are_aligned_to_the_hours_of_utc_and_do_not_overlap():
    """From 03:00 on: the steps of 4 h that lie whole within are those that end at 08:00 and 12:00."""
    series = prices([0.01] * 10, start=3 * HOUR)
    found = returns(series, series, 4, 0, 13 * HOUR)
    assert found.places == [2, 3]
    assert found.y == pytest.approx([0.04, 0.04])


def test_a_window_begins_where_it_begins():
    series = prices([0.01, 0.02, 0.03, 0.01, 0.05, 0.02])
    assert estimate(series, series, 6 * HOUR, HOUR, terms(window_hours=D(4))).returns == 4
    assert estimate(series, series, 6 * HOUR, HOUR, terms(window_hours=D("3.5"))).returns == 3


def test_drift_compares_the_two_windows_with_equal_weights_also_under_a_half_life():
    """First y moves against x, then with it: 1 in the window; over both, x and y are (a, -a) x 2 then (a, a) x 2: 0."""
    x = [0.01, -0.01] * 4
    y = [-0.01, 0.01] * 2 + [0.01, -0.01] * 2
    for half_life in (None, D(1)):
        span = terms(window_hours=D(4), long_hours=D(8), half_life_hours=half_life)
        drift = estimate(prices(y), prices(x), 8 * HOUR, HOUR, span).drift
        assert float(drift.short) == pytest.approx(1)
        assert float(drift.long) == pytest.approx(0, abs=1e-9)
        assert drift.alarm is True
    calm = estimate(prices(x), prices(x), 8 * HOUR, HOUR, terms(window_hours=D(4), long_hours=D(8))).drift
    assert (calm.alarm, calm.change) == (False, 0)


def test_without_earlier_returns_there_is_no_drift_to_speak_of():
    drift = estimate(prices([v / 100 for v in Y]), prices([v / 100 for v in X]), 5 * HOUR, HOUR, terms()).drift
    assert (drift.long, drift.change, drift.alarm) == (None, None, None)


def test_a_half_life_weighs_the_newest_most():
    """The older half says 1, the newer 3; with hardly a half-life between, the ratio is nearly 3."""
    x = [0.01, -0.01, 0.02, -0.02] * 4
    y = [a * (1 if i < 8 else 3) for i, a in enumerate(x)]
    span = {"window_hours": D(16), "long_hours": D(100)}
    plain = estimate(prices(y), prices(x), 16 * HOUR, HOUR, terms(**span))
    recent = estimate(prices(y), prices(x), 16 * HOUR, HOUR, terms(**span, half_life_hours=D(1)))
    assert float(plain.ratio) == pytest.approx(2, abs=1e-9)
    assert 2.95 < float(recent.ratio) < 3
    assert 2.5 < float(recent.effective_returns) < 3.5  # (1 + 1/2) / (1 - 1/2) = 3 for an endless series


def test_too_few_returns_are_refused_with_what_to_do():
    series = prices([0.01, 0.03, 0.02, 0.05], hours=24)
    with pytest.raises(DataError) as caught:
        estimate(series, series, 96 * HOUR, 24 * HOUR, terms(window_hours=D(96), long_hours=D(960)))
    assert "--frequency 1d" in caught.value.remedy


TYPED = hedging.given(D("0.86"), D("0.04"), D("0.03"))


def test_lots_residual_and_what_rounding_costs_are_those_worked_by_hand():
    """50,000 x 1.14667 = 57,333.33; at 60,000 0.95556 coins, 96 lots of 0.01, 57,600: 266.67 too much.

    The ratio held is 1.152: (1.152 - 1.146667)² x 9 / 16 = 0.000016 of the variance."""
    found = hedge("ETH", "BTC", TYPED, D(50_000), source="given", price=D(60_000), lot=D("0.01"))
    assert (found.lots, found.quantity, found.rounded_notional) == (96, D("0.96"), 57_600)
    assert round(found.residual, 2) == D("-266.67")
    assert round(found.rounding_cost, 9) == D("0.000016000")
    assert found.effectiveness_rounded == found.effectiveness - found.rounding_cost
    assert found.sentence == "BTC hedges ETH: short BTC against long ETH"


def test_lots_of_contracts_of_coins_and_of_money():
    """0.01 BTC a contract in steps of 5: 0.05 BTC or 3,000 a lot, 57,333 / 3,000 = 19.1. 100 USD a contract: 573.3."""
    coins = hedge(
        "ETH", "BTC", TYPED, D(50_000), source="given", price=D(60_000), lot=D(5), contract=Contract(size=D("0.01"))
    )
    assert (coins.lots, coins.contracts, coins.quantity, coins.lot_unit) == (19, 95, D("0.95"), "contracts")
    money = hedge("ETH", "BTC", TYPED, D(50_000), source="given", contract=Contract(size=D(100), is_money=True))
    assert (money.lots, money.contracts, money.quantity, money.rounded_notional) == (573, 573, None, 57_300)
    assert round(money.residual, 2) == D("33.33")


def test_without_a_lot_nothing_is_rounded_and_without_a_price_there_are_no_coins():
    found = hedge("ETH", "BTC", TYPED, D(50_000), source="given", price=D(60_000))
    assert round(found.quantity, 5) == D("0.95556")
    assert (found.lots, found.residual, found.rounding_cost) == (None, None, None)
    assert hedge("ETH", "BTC", TYPED, D(1), source="given").quantity is None


def test_a_negative_correlation_is_hedged_by_buying():
    opposite = hedging.given(D("-0.5"), D("0.02"), D("0.01"))
    found = hedge("A", "B", opposite, D(100), source="given", price=D(10), lot=D(3))
    assert (found.ratio, found.side, found.lots, found.quantity) == (-1, "long", 3, 9)
    assert found.rounding_cost == (D("0.1") / 2) ** 2
    assert hedge("A", "B", hedging.given(D(0), D(1), D(1)), D(1), source="given").side == "none"


@given(
    st.decimals("-1", "1", places=3), st.decimals("0.001", "2", places=4), st.decimals("0.001", "2", places=4),
    st.decimals("1", "1e7", places=2), st.decimals("0.01", "1e5", places=2), st.decimals("0.001", "1e3", places=3),
)  # fmt: skip
def test_rounding_never_helps_and_never_makes_the_hedge_worse_than_none(rho, y, x, notional, price, lot):
    found = hedge("A", "B", hedging.given(rho, y, x), notional, source="given", price=price, lot=lot)
    assert found.rounding_cost >= 0
    assert D("-1e-30") <= found.effectiveness_rounded <= found.effectiveness
    assert abs(found.residual) <= lot * price / 2 + D("1e-17")
    assert found.lots == found.quantity / lot


@given(st.fractions(-1, 1), st.fractions("1/50", 2), st.fractions("1/50", 2), st.fractions(-3, 3))
def test_what_another_ratio_loses_is_the_variance_it_leaves(rho, y, x, held):
    """var(y - h x) by its definition, in exact fractions."""
    left = (y * y - 2 * held * rho * x * y + held * held * x * x) / (y * y)
    expected = left - (1 - rho * rho)

    def exact(value: F) -> D:
        return D(value.numerator) / D(value.denominator)

    lost = effectiveness_lost(exact(held), hedge_ratio(exact(rho), exact(y), exact(x)), exact(y), exact(x))
    assert float(lost) == pytest.approx(float(expected), rel=1e-9, abs=1e-20)
