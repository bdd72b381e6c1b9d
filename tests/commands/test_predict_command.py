"""fundcli predict, offline: the rate at the interval's end, by hand."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.formula import Terms
from fundcli.core.predict import Rest, SoFar, at_the_end, bounds, needed

AT = "2026-11-22T04:00Z"  # half-way through 00:00 to 08:00
TINY = D("1e-20")


def predict(run, *arguments):
    found = run("predict", *arguments, "-o", "json")
    assert found.code == 0, found.err
    return found.result


# -- by hand -----------------------------------------------------------------------------------------------------------


def test_half_way_only_a_quarter_of_a_linear_average_is_fixed(run):
    """Binance: 2,880 of 5,760 samples; 2880 x 2881 / (5760 x 5761)."""
    found = predict(run, "-e", "binance", "--premium", "0.08%", "--at", AT)
    assert (found["samples_known"], found["samples_total"], found["averaging"]) == (2880, 5760, "linear")
    assert abs(found["known_weight"] - D(2880 * 2881) / D(5760 * 5761)) < TINY
    assert (found["hours_left"], found["settles_at"]) == (4, "2026-11-22T08:00:00Z")


def test_a_premium_that_holds_gives_its_own_rate(run):
    found = predict(run, "-e", "okx", "--premium", "0.08%", "--at", AT)
    assert (found["rate"], found["rate_now"], found["kind"]) == (D("0.0003"), D("0.0003"), "predicted")


def test_the_rest_weighs_three_quarters_under_linear_weights(run):
    """OKX, 480 minutes: so far 0 at half-way, then 0.1 %: P = 0.1 % x (1 - 240 x 241 / (480 x 481))."""
    found = predict(run, "-e", "okx", "--premium", "0", "--last-premium", "0.1%", "--at", AT)
    rest = 1 - D(240 * 241) / D(480 * 481)
    assert abs(found["premium"] - D("0.001") * rest) < TINY
    assert abs(found["rate"] - (D("0.001") * rest - D("0.0005"))) < TINY


def test_a_simple_average_weighs_time_alone(run):
    """Hyperliquid, half an hour in: 0.2 % so far and 0 from now on is 0.1 %: (0.1 % - 0.05 %) / 8."""
    at = "2026-11-22T04:30Z"
    found = predict(run, "-e", "hyperliquid", "--premium", "0.2%", "--last-premium", "0", "--at", at)
    assert (found["premium"], found["rate"], found["known_weight"]) == (D("0.001"), D("0.0000625"), D("0.5"))


def test_the_range_bounds_the_rate_from_both_sides(run):
    """OKX half-way, 0.02 % so far; the rest between -0.2 % and 0.2 %."""
    found = predict(run, "-e", "okx", "--premium", "0.02%", "--at", AT, "--assume", "range", "--range", "-0.2%..0.2%")
    known = D(240 * 241) / D(480 * 481)
    low, high = (D("0.0002") * known + edge * (1 - known) for edge in (D("-0.002"), D("0.002")))
    assert abs(found["rate_low"] - (low + D("0.0005"))) < TINY
    assert abs(found["rate_high"] - (high - D("0.0005"))) < TINY
    assert (found["possible_low"], found["possible_high"]) == (D("-0.00375"), D("0.00375"))


def test_what_the_rest_must_average_to_leave_the_clamp(run):
    """OKX half-way at 0: (0.06 % x all) / rest above, -0.04 % likewise below."""
    found = predict(run, "-e", "okx", "--premium", "0", "--at", AT)
    rest = 1 - D(240 * 241) / D(480 * 481)
    assert abs(found["leaves_above"] - D("0.0006") / rest) < TINY
    assert abs(found["leaves_below"] + D("0.0004") / rest) < TINY
    assert abs(found["reaches_cap"] - (D("0.00375") + D("0.0005")) / rest) < TINY


def test_decay_halves_the_distance_to_the_mean_each_half_life(run):
    """Hyperliquid at its hour's start, 720 samples, 0.8 % going to 0 with a half-life of 180 of them.

    The mean of 2^(-k/180) over k = 1 … 720 is q (1 - 1/16) / (1 - q) / 720 with q = 2^(-1/180).
    """
    at = "2026-11-22T04:00:00Z"
    found = predict(run, "-e", "hyperliquid", "--premium", "0.8%", "--at", at, "--assume", "decays", "--mean", "0",
                    "--half-life", "15min")  # fmt: skip
    q = D(2) ** (D(-1) / 180)
    mean = q * (1 - D(1) / 16) / (1 - q) / 720
    assert abs(found["premium"] / D("0.008") - mean) < D("1e-6")


def test_samples_of_the_running_interval_alone_count(run, tmp_path):
    """A sample of 23:59 belongs to the interval before; 00:01 and 00:02 are 2 of 480."""
    samples = tmp_path / "samples.csv"
    samples.write_text("time,premium\n2026-11-21T23:59Z,5%\n2026-11-22T00:01Z,0.1%\n2026-11-22T00:02Z,0.4%\n")
    found = predict(run, "-e", "okx", "--premium-samples", str(samples), "--at", "2026-11-22T00:02Z")
    assert (found["samples_known"], found["samples_total"]) == (2, 480)
    assert found["premium_so_far"] == D("0.003")  # (1 x 0.1 + 2 x 0.4) / 3
    assert found["premium_last"] == D("0.004")
    assert (found["range_low"], found["range_high"]) == (D("0.001"), D("0.004"))


def test_samples_without_times_lead_up_to_the_moment_evenly(run, tmp_path):
    """OKX half-way: two samples stand for 120 minutes each, weights 1 … 120 and 121 … 240 of 1 … 480."""
    samples = tmp_path / "samples.txt"
    samples.write_text("0.1%\n0.4%\n")
    found = run("predict", "-e", "okx", "--premium-samples", str(samples), "--at", AT, "-o", "json")
    first, both = D(120 * 121), D(240 * 241)
    average = (D("0.001") * first + D("0.004") * (both - first)) / both
    assert abs(found.result["premium_so_far"] - average) < TINY
    assert (found.result["samples_known"], found.result["samples_total"]) == (240, 480)
    assert found.result["estimated"] is True and "taken as evenly spaced" in found.err
    strict = run("predict", "-e", "okx", "--premium-samples", str(samples), "--at", AT, "--interval", "8h", "--strict")
    assert (strict.code, strict.out) == (6, "")


def test_a_sample_for_every_place_is_no_estimate(run, tmp_path):
    samples = tmp_path / "samples.txt"
    samples.write_text("\n".join(f"{k}e-6" for k in range(1, 241)))
    found = predict(run, "-e", "okx", "--premium-samples", str(samples), "--at", AT)
    assert (found["samples_known"], found["samples_total"], found["estimated"]) == (240, 480, False)
    assert abs(found["premium_so_far"] - D(2 * 240 + 1) / 3 / 1_000_000) < TINY  # sum of k² / sum of k = (2n + 1) / 3


def test_more_samples_than_the_exchange_takes_have_places_of_their_own(run, tmp_path):
    """960 in four hours are one every 15 s: 1,920 of the interval."""
    samples = tmp_path / "samples.txt"
    samples.write_text("0.1%\n" * 960)
    found = predict(run, "-e", "okx", "--premium-samples", str(samples), "--at", AT)
    assert (found["samples_known"], found["samples_total"]) == (960, 1920)


def test_a_sample_weighs_by_its_time_where_others_are_missing(run, tmp_path):
    """Minutes 101, 102, 103 and 105: the first stands for 101 minutes, the last for two; it is an estimate."""
    samples = tmp_path / "samples.csv"
    samples.write_text("time,premium\n2026-11-22T01:41Z,0.1%\n2026-11-22T01:42Z,0.2%\n2026-11-22T01:43Z,0.2%\n"
                       "2026-11-22T01:45Z,0.5%\n")  # fmt: skip
    found = run("predict", "-e", "okx", "--premium-samples", str(samples), "--at", "2026-11-22T01:45Z", "-o", "json")
    sum_to = [D(n * (n + 1)) / 2 for n in (101, 103, 105)]
    shares_of = (D("0.001") * sum_to[0], D("0.002") * (sum_to[1] - sum_to[0]), D("0.005") * (sum_to[2] - sum_to[1]))
    assert abs(found.result["premium_so_far"] - sum(shares_of) / sum_to[2]) < TINY
    assert (found.result["samples_known"], found.result["samples_total"]) == (105, 480)
    assert found.result["estimated"] is True and "101 of 105 are missing" in found.err


def test_an_exchange_with_a_lag_pays_an_interval_later(run):
    found = predict(run, "-e", "bitfinex", "--premium", "0.08%", "--at", AT)
    assert (found["measured_until"], found["settles_at"]) == ("2026-11-22T08:00:00Z", "2026-11-22T16:00:00Z")


def test_bitmex_runs_from_4_to_12_and_20(run):
    found = predict(run, "-e", "bitmex", "--premium", "0", "--at", "2026-11-22T05:00Z")
    assert (found["interval_began"], found["measured_until"]) == ("2026-11-22T04:00:00Z", "2026-11-22T12:00:00Z")


def test_the_countdown_stands_in_the_table(run):
    table = run("predict", "-e", "okx", "--premium", "0.08%", "--at", "2026-11-22T05:12Z", terminal=True).out
    assert "2h 48m" in table
    assert max(len(line) for line in table.splitlines()) <= 80


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "needs the premium so far"),
        (("--live", "--premium", "0"), "different sources"),
        (("--premium", "0", "--mean", "0"), "belongs to --assume decays"),
        (("--premium", "0", "--half-life", "1h"), "belongs to --assume decays"),
        (("--premium", "0", "--assume", "stays"), "there is no 'stays'"),
        (("--live", "--at", AT), "--at belongs"),
        (("-e", "paradex", "--premium", "0"), "averaged"),
        (("--premium", "0", "--range", "0.3%..-0.1%"), "--range: its start does not lie below its end"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(run, arguments, said):
    found = run("predict", *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err and found.err.count("\n") == 1


def test_an_option_that_cannot_matter_is_not_ignored_in_silence(run):
    averaging = ("--averaging", "simple")
    found = run("predict", "-e", "krakenfutures", "--premium", "0.1%", "--band", "0.1%", *averaging)
    assert found.code == 0 and "--band does not matter" in found.err


def test_samples_at_the_very_start_of_an_interval_are_refused(run, tmp_path):
    samples = tmp_path / "samples.txt"
    samples.write_text("0.1%\n")
    found = run("predict", "-e", "okx", "--premium-samples", str(samples), "--at", "2026-11-22T08:00Z")
    assert (found.code, found.out) == (2, "")
    assert "no sample of it can be known" in found.err


def test_samples_of_another_interval_are_refused(run, tmp_path):
    samples = tmp_path / "samples.csv"
    samples.write_text("time,premium\n2026-11-21T23:59Z,5%\n")
    found = run("predict", "-e", "okx", "--premium-samples", str(samples), "--at", AT)
    assert (found.code, found.out) == (2, "")
    assert "--at" in found.err


# -- properties --------------------------------------------------------------------------------------------------------

shares = st.decimals("-0.01", "0.01", places=6)
TERMS = Terms(
    form="premium_plus_clamped_interest", interval_hours=D(8), interest=D("0.0001"), band=D("0.0005"),
    divided_hours=D(8), cap=D("0.003"), floor=D("-0.003"),
)  # fmt: skip


@st.composite
def intervals(draw):
    total = draw(st.integers(2, 60))
    known = draw(st.integers(0, total))
    ends = tuple(sorted(draw(st.sets(st.integers(1, known), max_size=known)))) if known else ()
    samples = tuple(draw(shares) for _ in ends)
    averaging = draw(st.sampled_from(["linear", "simple", "twap", "none"]))
    return SoFar(samples=samples, ends=ends, total=total, averaging=averaging, last=draw(shares))


@given(intervals(), shares, shares, st.sampled_from(["holds", "decays", "range"]), shares)
def test_a_prediction_lies_within_its_bounds(so_far, one, other, assumption, mean):
    low, high = min(one, other, so_far.last, mean), max(one, other, so_far.last, mean)
    rest = Rest(assumption=assumption, mean=mean, half_life_hours=D(1), low=low, high=high)
    least, most = bounds(so_far, rest, TERMS)
    assert TERMS.floor <= least <= at_the_end(so_far, rest, TERMS, D(8)).rate <= most <= TERMS.cap


@given(intervals())
def test_an_interval_that_is_over_can_change_no_more(so_far):
    if so_far.known != so_far.total or so_far.averaging == "none":
        return
    rest = Rest(assumption="holds", mean=D(0), half_life_hours=D(1), low=D(-1), high=D(1))
    assert len(set(bounds(so_far, rest, TERMS))) == 1
    assert needed(so_far, D(0)) is None


@given(intervals(), shares)
def test_what_is_needed_brings_the_average_there(so_far, wanted):
    rest = needed(so_far, wanted)
    if rest is None:
        return
    moved = SoFar(samples=so_far.samples, ends=so_far.ends, total=so_far.total, averaging=so_far.averaging, last=rest)
    holds = Rest(assumption="holds", mean=D(0), half_life_hours=D(1), low=rest, high=rest)
    assert abs(at_the_end(moved, holds, TERMS, D(8)).premium - wanted) < TINY
