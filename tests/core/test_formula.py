"""The formula engine: its seeds from the exchanges' own pages, and what must hold for any premium."""

from dataclasses import replace
from decimal import Decimal as D
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.caps import MarginRates, cap_of
from fundcli.core.explain import sweep
from fundcli.core.formula import (
    Terms,
    as_published,
    clamp,
    funding_rate,
    funding_rate_of_samples,
    interest_component,
    premiums_for,
)
from fundcli.core.position import Position, payment
from fundcli.core.premium import impact_price, premium_index, weighted_mean, weights
from fundcli.core.schedule import Grid, accrued_parts
from fundcli.core.wording import lessons
from fundcli.errors import FundcliError

FORMS = ("premium_plus_clamped_interest", "interest_plus_clamped_premium", "dead_band", "premium_plus_interest")
shares = st.decimals("-0.05", "0.05", places=8)
small = st.decimals("0", "0.002", places=6)
hours = st.sampled_from([D(1), D(2), D(4), D(8)])


def _terms(**changes):
    """Binance's rule of 2025-09-18: I 0.01 %, band 0.05 %, divided by 8/N."""
    base = Terms(
        form="premium_plus_clamped_interest", interval_hours=D(8), interest=D("0.0001"), band=D("0.0005"),
        divided_hours=D(8),
    )  # fmt: skip
    return replace(base, **changes)


@st.composite
def any_terms(draw):
    cap = draw(st.none() | st.decimals("0.0001", "0.04", places=6))
    return Terms(
        form=draw(st.sampled_from(FORMS)),
        interval_hours=draw(hours),
        interest=draw(small),
        band=draw(small),
        divided_hours=draw(st.sampled_from([None, D(8), D(24)])),
        cap=cap,
        floor=None if cap is None else -cap,
        cap_stage=draw(st.sampled_from(["rate", "unscaled_rate"])),
        clamp_stage=draw(st.sampled_from(["mean", "sample"])),
    )


# -- seeds of the field ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("premium", ["-0.0004", "0", "0.0001", "0.0006"])
def test_binance_says_any_premium_from_minus_4_to_6_bp_gives_the_interest(premium):
    assert funding_rate(D(premium), _terms()).rate == D("0.0001")


@pytest.mark.parametrize(("premium", "rate"), [("-0.00041", "0.00009"), ("0.00061", "0.00011")])
def test_a_basis_point_tenth_outside_the_clamp_moves_the_rate(premium, rate):
    assert funding_rate(D(premium), _terms()).rate == D(rate)


@pytest.mark.parametrize("premium", ["-0.00045", "0", "0.00055"])
def test_bybit_at_4_hours_scales_the_interest_and_divides_nothing(premium):
    terms = _terms(interval_hours=D(4), interest=interest_component(D("0.0003"), D(24), D(4)), divided_hours=None)
    assert funding_rate(D(premium), terms).rate == D("0.00005")
    assert funding_rate(D("0.00056"), terms).rate == D("0.00006")
    assert funding_rate(D("-0.00046"), terms).rate == D("0.00004")


def test_a_rate_of_zero_means_a_premium_of_minus_5_bp():
    assert premiums_for(D(0), _terms()) == (D("-0.0005"), D("-0.0005"))
    assert funding_rate(D("-0.0005"), _terms()).rate == 0


def test_the_clamp_does_not_bound_the_rate_and_the_cap_does():
    beyond = funding_rate(D("0.003"), _terms(cap=D("0.003"), floor=D("-0.003")))
    assert (beyond.clamped, beyond.rate, beyond.decided_by) == (D("-0.0005"), D("0.0025"), "premium")
    capped = funding_rate(D("0.01"), _terms(cap=D("0.003"), floor=D("-0.003")))
    assert (capped.uncapped_rate, capped.rate, capped.decided_by) == (D("0.0095"), D("0.003"), "cap")
    floored = funding_rate(D("-0.01"), _terms(cap=D("0.003"), floor=D("-0.003")))
    assert (floored.rate, floored.decided_by) == (D("-0.003"), "floor")
    said = " ".join(lessons(_terms(cap=D("0.003"))))
    assert "rate of 0" in said and "-0.05 %" in said and "clamp is not the cap" in said


def test_minute_by_minute_is_not_the_clamp_of_the_mean():
    """Gate's article: half the minutes at +0.10 %, half at -0.10 %: 0.000 % against 0.010 %."""
    samples = [D("0.001"), D("-0.001")] * 240
    by_minute = funding_rate_of_samples(samples, [1] * 480, _terms(clamp_stage="sample", divided_hours=None))
    of_the_mean = funding_rate_of_samples(samples, [1] * 480, _terms(clamp_stage="mean", divided_hours=None))
    assert (by_minute.rate, of_the_mean.rate) == (0, D("0.0001"))


def test_the_cap_of_gate_is_three_quarters_of_initial_less_maintenance():
    margin = MarginRates(initial=D("0.008"), maintenance=D("0.004"))
    assert cap_of("initial_minus_maintenance", D("0.75"), margin) == D("0.003")


def test_a_cap_before_the_division_bounds_what_is_divided():
    """dYdX: 4.8 % on the 8-hour premium is 0.6 % an hour; the isolated markets' interest comes on top."""
    terms = Terms(
        form="premium_plus_interest", interval_hours=D(1), interest=D("0.0000125"), divided_hours=D(8),
        cap=D("0.048"), floor=D("-0.048"), cap_stage="unscaled_rate",
    )  # fmt: skip
    assert funding_rate(D("0.1"), terms).rate == D("0.0060125")
    assert funding_rate(D("0.1"), terms).decided_by == "cap"


def test_lighter_publishes_its_rate_cut_off_towards_zero():
    """Its docs: 0.1 % gives 0.00625 % an hour. Settled on it: 0.1186 % → 0.0085 %, -0.0034 % → 0.0012 %."""
    terms = _terms(interval_hours=D(1), truncated_to=D("0.000001"))
    assert funding_rate(D("0.001"), terms).rate == D("0.0000625")
    for premium, published in (("0.001186", "0.000085"), ("-0.000034", "0.000012")):
        assert as_published(funding_rate(D(premium), terms).rate, terms) == D(published)


def test_the_newest_samples_weigh_most_under_linear_weights():
    assert weighted_mean([D(0), D(0), D("0.0006")], weights("linear", 3)) == D("0.0003")
    assert weighted_mean([D(0), D(0), D("0.0006")], weights("simple", 3)) == D("0.0002")


# -- properties --------------------------------------------------------------------------------------------------------


@given(any_terms(), shares, shares)
def test_the_rate_never_falls_as_the_premium_rises(terms, one, other):
    low, high = sorted((one, other))
    assert funding_rate(low, terms).rate <= funding_rate(high, terms).rate


@given(any_terms(), st.lists(shares, min_size=1, max_size=12), st.integers(0, 11), st.decimals("0", "0.01", places=6))
def test_the_rate_never_falls_as_a_sample_rises(terms, samples, which, rise):
    higher = list(samples)
    higher[which % len(samples)] += rise
    weighing = weights("linear", len(samples))
    assert (
        funding_rate_of_samples(samples, weighing, terms).rate <= funding_rate_of_samples(higher, weighing, terms).rate
    )


@given(shares, st.sampled_from([1, 2, 3, 4, 6, 8, 12]))
def test_scaling_by_n_eighths_is_exact(premium, n):
    whole = funding_rate(premium, _terms(divided_hours=None)).rate
    scaled = funding_rate(premium, _terms(interval_hours=D(n))).rate
    assert scaled * 8 == whole * n


@given(shares, small)
def test_clamping_twice_is_clamping_once(value, band):
    once = clamp(value, -band, band)
    assert clamp(once, -band, band) == once
    assert -band <= once <= band


@given(any_terms(), shares)
def test_capping_the_capped_rate_changes_nothing(terms, premium):
    rate = funding_rate(premium, replace(terms, cap_stage="rate")).rate
    bounded = rate if terms.cap is None else min(terms.cap, max(-terms.cap, rate))
    assert rate == bounded


@given(any_terms(), shares)
def test_the_parts_add_up_to_the_rate(terms, premium):
    found = funding_rate(premium, terms)
    if terms.form in ("premium_plus_clamped_interest", "dead_band"):
        assert found.unscaled_rate == premium + found.clamped
    if terms.form == "interest_plus_clamped_premium":
        assert found.unscaled_rate == found.interest + found.clamped
    if terms.cap is None:
        assert found.rate == found.uncapped_rate


@given(any_terms(), shares)
def test_the_premiums_of_a_rate_give_that_rate(terms, premium):
    terms = replace(terms, cap=None, floor=None)
    rate = funding_rate(premium, terms).rate
    ends = premiums_for(rate, terms)
    if ends is not None:
        assert ends[0] <= ends[1]
        for end in ends:
            assert abs(funding_rate(end, terms).rate - rate) < D("1e-20")


@given(shares)
def test_a_constant_premium_gives_the_same_rate_by_samples_and_by_mean(premium):
    for stage in ("mean", "sample"):
        terms = _terms(clamp_stage=stage)
        by_samples = funding_rate_of_samples([premium] * 7, weights("linear", 7), terms)
        assert abs(by_samples.rate - funding_rate(premium, terms).rate) < D("1e-20")


@given(shares, st.sampled_from(["BTC/USDT:USDT", "BTC/USD:BTC"]))
def test_swapping_sides_negates_the_payment(rate, symbol):
    long, short = (
        Position(
            exchange="x", symbol=symbol, side=side, notional=D(1000), leverage=D(1), currency="USDT", price=D(100),
            size=D(10),
        )
        for side in ("long", "short")
    )  # fmt: skip
    assert payment(long, rate, D(123)) == -payment(short, rate, D(123))


@given(st.integers(0, 10**8), st.lists(st.integers(1, 10**7), min_size=2, max_size=6), shares)
def test_accrual_over_parts_of_a_time_sums_to_that_of_the_whole(start, lengths, rate):
    """Deribit and Kraken: a position held through cuts pays what it pays uncut."""
    grid, cuts = Grid(8 * 3_600_000), [start]
    for length in lengths:
        cuts.append(cuts[-1] + length)

    def accrued(a, b):
        return sum(rate * share for _, share in accrued_parts(grid, a, b))

    whole = accrued(cuts[0], cuts[-1])
    assert abs(sum(accrued(a, b) for a, b in pairwise(cuts)) - whole) < D("1e-24")


prices = st.decimals("1", "100000", places=2)


@given(prices, prices, st.decimals("0.01", "100", places=2))
def test_the_premium_is_zero_while_the_index_lies_between_the_impact_prices(bid, index, spread):
    ask = bid + spread
    found = premium_index(bid, ask, index)
    if bid <= index <= ask:
        assert found == 0
    else:
        assert (found > 0) == (bid > index)


@given(st.lists(st.tuples(prices, st.decimals("0.01", "50", places=2)), min_size=1, max_size=8), st.data())
def test_a_larger_order_never_gets_a_better_average_price(levels, data):
    bids = sorted(levels, key=lambda level: -level[0])
    depth = sum(price * size for price, size in bids)
    one, other = sorted(data.draw(st.decimals("0.01", str(depth), places=2)) for _ in range(2))
    first, second = (impact_price(bids, min(notional, depth)) for notional in (one, other))
    assert second <= first * (1 + D("1e-20"))
    assert bids[-1][0] <= second * (1 + D("1e-20"))


def test_a_book_that_is_too_thin_says_how_far_it_reaches():
    with pytest.raises(FundcliError, match=r"holds 199\.00 of the impact notional 200"):
        impact_price([(D(100), D(1)), (D(99), D(1))], D(200))


def test_a_sweep_has_both_ends_and_even_steps():
    rows = sweep(D("-0.002"), D("0.002"), 5, _terms())
    assert [row.premium for row in rows] == [D(x) for x in ("-0.002", "-0.001", "0", "0.001", "0.002")]
    assert [row.rate for row in rows] == [D(x) for x in ("-0.0015", "-0.0005", "0.0001", "0.0005", "0.0015")]
