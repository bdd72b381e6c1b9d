"""`explain` and `predict` with what an exchange publishes: every part by hand from the world's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest

from tests.conftest import Result, Run
from tests.exchange_server import Contract, ExchangeServer, Fault
from tests.exchange_server.world import DAY_MS, HOUR_MS, Level
from tests.exchanges.measuring import (
    MAIN,
    ONE_BOUND,
    SAMPLES_AT,
    UNCAPPED,
    WITH_INTEREST,
    at_minute,
    change,
    contract,
    samples_of,
)
from tests.exchanges.support import EXCHANGES, TIMELESS, assert_failed, close_rate, iso, scheduled, symbol_of

each_exchange = pytest.mark.parametrize("exchange", EXCHANGES)
#: WEEX documents no width of its clamp.
TYPED = {"weex": ("--band", "0.05%")}
#: No source says how these average.
UNAVERAGED = ("weex", "krakenfutures", "mexc", "woo", "paradex")
#: What they show is the rate of the interval before.
LAGGED = ("krakenfutures", "bitfinex")
#: These send the very samples that they average; candles of a minute, which others send, only stand in for them.
OWN_SAMPLES = ("okx",)
#: 200 USDT x 125 (Bitget), 500 USDC / 2 % (dYdX), 5,000 (Paradex): the order that makes an impact price.
IMPACT = {"bitget": 25_000, "dydx": 25_000, "paradex": 5_000}
#: These send the interest of a day.
DAILY_INTEREST = ("gate", "kucoinfutures")
BAND = Decimal("0.0005")


def _now(server: ExchangeServer) -> datetime:
    """The world's instant, so that no minute can pass between the expected samples and the asked ones."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=server.world.now_ms)


def _asked(run: Run, server: ExchangeServer, command: str, exchange: str, *more: str) -> Result:
    c = contract(server, exchange, MAIN[exchange])
    options = (*TYPED.get(exchange, ()), *more)
    return run(command, "-e", exchange, "-s", symbol_of(c), "--live", *options, "-o", "json", now=_now(server))


def _explained(run: Run, server: ExchangeServer, exchange: str, *more: str) -> dict[str, Any]:
    result = _asked(run, server, "explain", exchange, *more)
    assert result.code == 0, result.err
    return result.result


def _near(given: object, wanted: Decimal, by: str = "1e-15") -> bool:
    return abs(Decimal(str(given)) - wanted) <= Decimal(by)


def _linear(values: Sequence[Decimal]) -> Decimal:
    weights = range(1, len(values) + 1)
    return sum((k * p for k, p in zip(weights, values, strict=True)), Decimal(0)) / sum(weights)


def _fill(side: Sequence[Level], notional: int) -> Decimal:
    """The average price of an order worth `notional` in quote currency."""
    left, coins = Decimal(notional), Decimal(0)
    for price, size in side:
        spent = min(left, price * size)
        left, coins = left - spent, coins + spent / price
    assert not left
    return notional / coins


def _impact_premium(c: Contract, notional: int) -> Decimal:
    bids, asks = c.book()
    bid, ask, index = _fill(bids, notional), _fill(asks, notional), Decimal(c.index)
    return (max(Decimal(0), bid - index) - max(Decimal(0), index - ask)) / index


def _basis(c: Contract) -> Decimal:
    return Decimal(c.mark) / Decimal(c.index) - 1


def _premium(server: ExchangeServer, exchange: str) -> Decimal:
    """The best that the exchange lets one know: samples, its own premium, impact prices, or mark over index."""
    c, now = contract(server, exchange, MAIN[exchange]), server.world.now_ms
    if exchange in SAMPLES_AT:
        return _linear([premium for _, premium in samples_of(c, now)])
    if exchange in IMPACT:
        return _impact_premium(c, IMPACT[exchange])
    if exchange == "hyperliquid":
        return Decimal(c.premium)
    if exchange == "bitfinex":  # its own price over its mark price
        return Decimal(c.premium_at(now))
    # Kraken: the middle of both best prices, which is the world's mark
    return _basis(c)


# -- explain: every part ------------------------------------------------------------------------------------------


@each_exchange
def test_caps_and_interest_are_those_that_the_exchange_sends(run: Run, server: ExchangeServer, exchange: str):
    """They go before the profile's; a bound that is named once holds on both sides."""
    change(server, exchange, MAIN[exchange], cap="0.00375000", floor="-0.00250000", interest="0.0002")
    found = _explained(run, server, exchange)
    if exchange not in UNCAPPED:
        floor = "-0.00375" if exchange in ONE_BOUND else "-0.0025"
        assert (found["cap"], found["floor"]) == (Decimal("0.00375"), Decimal(floor))
        assert found["cap_source"] == "the exchange, live"
    if exchange in (*WITH_INTEREST, *DAILY_INTEREST):
        assert found["interest"] == Decimal("0.000025" if exchange == "dydx" else "0.0002")
        assert found["interest_source"] == "the exchange, live"


@each_exchange
def test_the_premium_is_the_best_that_the_exchange_lets_one_know(run: Run, server: ExchangeServer, exchange: str):
    """Samples of 472 minutes, the premium beside the rate, the book, or mark and index."""
    if exchange in SAMPLES_AT:
        at_minute(server, exchange, MAIN[exchange], ahead=7)
    found = _explained(run, server, exchange)
    assert _near(found["premium"], _premium(server, exchange))
    assert found["samples"] == (472 if exchange in SAMPLES_AT else None)
    exact = exchange in OWN_SAMPLES or exchange == "deribit"  # which averages nothing
    assert found["estimated"] is not exact


@each_exchange
def test_the_rate_is_compared_with_the_published_one(run: Run, server: ExchangeServer, exchange: str):
    """The difference is ours less theirs; Lighter's rates are cut to six digits before that."""
    c = contract(server, exchange, MAIN[exchange])
    found = _explained(run, server, exchange)
    if exchange in LAGGED:
        return
    assert close_rate(found["published_rate"], c.rate)
    rate = Decimal(str(found["rate"]))
    if exchange == "lighter":
        rate = rate.quantize(Decimal("0.000001"), ROUND_DOWN)
    assert _near(found["difference"], rate - Decimal(c.rate))


def _by_rule(exchange: str, premium: Decimal, hours: int, c: Contract) -> Decimal:
    """P + clamp(I - P, 0.05 %), times hours / 8; Bybit scales I instead; then between floor and cap."""
    interest = Decimal("0.0001") * (Decimal(hours) / 8 if exchange == "bybit" else 1)
    rate = premium + min(max(interest - premium, -BAND), BAND)
    if exchange != "bybit":
        rate = rate * hours / 8
    cap, floor = (
        (Decimal("0.04"), Decimal("-0.04")) if exchange == "hyperliquid" else (Decimal(c.cap), Decimal(c.floor))
    )
    return min(max(rate, floor), cap)


@pytest.mark.parametrize("premium", ["0.00012300", "0.00150000", "-0.00150000", "0.00061000", "0.40000000"])
@pytest.mark.parametrize("hours", [8, 4, 1])
@pytest.mark.parametrize("exchange", ["binance", "bybit", "okx", "gate", "kucoinfutures", "htx"])
def test_the_rate_follows_from_the_average_premium(
    run: Run, server: ExchangeServer, exchange: str, hours: int, premium: str
):
    """Inside the clamp, above it, below it, at its edge, and far beyond the cap."""
    c = at_minute(server, exchange, MAIN[exchange], ahead=7, hours=hours)
    c = change(server, exchange, MAIN[exchange], premium=premium)
    found = _explained(run, server, exchange)
    assert found["interval_hours"] == hours
    assert _near(found["rate"], _by_rule(exchange, _premium(server, exchange), hours, c))


@pytest.mark.parametrize("premium", ["0.00012300", "0.00150000", "-0.00150000", "0.40000000"])
def test_the_rate_of_hyperliquid_is_an_eighth(run: Run, server: ExchangeServer, premium: str):
    c = change(server, "hyperliquid", "BTC", premium=premium)
    found = _explained(run, server, "hyperliquid")
    assert _near(found["rate"], _by_rule("hyperliquid", Decimal(premium), 1, c))


@pytest.mark.parametrize("away", ["0.999", "0.9995", "1.0002", "1.002", "1.2"])
def test_the_rate_of_bitget_follows_from_its_book(run: Run, server: ExchangeServer, away: str):
    """The index below the book, within it, and above it."""
    mark = Decimal(contract(server, "bitget", "BTCUSDT").mark)
    c = change(server, "bitget", "BTCUSDT", index=f"{mark * Decimal(away):.2f}")
    found = _explained(run, server, "bitget")
    premium = _impact_premium(c, 25_000)
    assert _near(found["premium"], premium)
    assert _near(found["rate"], _by_rule("bitget", premium, 8, c))


# -- explain: estimates and failures ------------------------------------------------------------------------------


@each_exchange
def test_strict_refuses_a_premium_that_is_an_estimate(run: Run, server: ExchangeServer, exchange: str):
    """Exit 6 but where minute samples, or the moment alone, are what the exchange itself takes."""
    if server.world.now_ms % (8 * HOUR_MS) < HOUR_MS / 30:
        pytest.skip("in the first two minutes of an interval there is no sample of it yet")
    result = _asked(run, server, "explain", exchange, "--strict")
    if exchange in OWN_SAMPLES:
        assert result.code == 0, result.err
        return
    assert result.code == 6, result.err
    assert result.out == ""
    assert ("the premium is an estimate" in result.err) == (exchange != "deribit")


@pytest.mark.parametrize(
    ("exchange", "basis"),
    [("binance", "book"), ("gate", "book"), ("bybit", "mark_index"), ("kucoinfutures", "mark_index"),
     ("okx", "reported")],
)  # fmt: skip
def test_samples_that_fail_leave_the_next_source(run: Run, server: ExchangeServer, exchange: str, basis: str):
    """The book at the impact notional, mark over index where that is unknown, OKX's premium of the moment."""
    server.faults.append(Fault(SAMPLES_AT[exchange], "status", status=500))
    result = _asked(run, server, "explain", exchange)
    assert result.code == 0, result.err
    assert "(asked for the premium index)" in result.err
    c = contract(server, exchange, MAIN[exchange])
    wanted = {
        "binance": _impact_premium(c, 25_000), "gate": _impact_premium(c, 30_000),
        "okx": Decimal(c.premium_at(server.world.now_ms)),
    }.get(exchange, _basis(c))  # fmt: skip
    assert result.result["premium_basis"] == basis
    assert result.result["estimated"] is True
    assert _near(result.result["premium"], wanted)


def test_htx_without_samples_has_no_index_and_takes_what_its_rate_implies(run: Run, server: ExchangeServer):
    """A rate off the interest of 0.01 % comes from a premium 0.05 % further away."""
    server.faults.append(Fault(SAMPLES_AT["htx"], "status", status=500))
    change(server, "htx", MAIN["htx"], rate="0.00030000")
    result = _asked(run, server, "explain", "htx")
    assert result.code == 0, result.err
    assert (result.result["premium_basis"], result.result["premium"]) == ("implied", Decimal("0.0008"))
    assert result.result["difference"] == 0
    assert "(asked for the premium index)" in result.err


@each_exchange
@pytest.mark.parametrize("command", ["explain", "predict"])
def test_an_exchange_that_is_down_is_an_error(run: Run, server: ExchangeServer, exchange: str, command: str):
    server.faults.append(Fault(".", "status", status=503))
    more = ("--averaging", "simple") if command == "predict" and exchange in UNAVERAGED else ()
    assert exchange in assert_failed(_asked(run, server, command, exchange, *more))


def test_kraken_is_compared_with_its_prediction_and_not_with_the_hour_before(run: Run, server: ExchangeServer):
    """What is measured now is paid an hour after the next one: `fundingRatePrediction` is its number."""
    c = server.world.contract("krakenfutures", MAIN["krakenfutures"])
    found = _explained(run, server, "krakenfutures")
    assert abs(found["published_rate"] - Decimal(c.next_rate)) < Decimal("1e-6")
    assert abs(found["published_rate"] - Decimal(c.rate)) > Decimal("1e-6")
    assert found["settles_at"] == iso(c.next_ms + HOUR_MS)


def test_bitfinex_has_nothing_to_compare_with_and_says_so(run: Run, server: ExchangeServer):
    """Its rate of now was measured in the period before, and it gives no forecast."""
    result = _asked(run, server, "explain", "bitfinex")
    assert (result.code, result.result["published_rate"], result.result["difference"]) == (0, None, None)
    assert "nothing to compare with" in result.err


def test_live_does_not_advise_itself_where_the_cap_is_unknown(run: Run, server: ExchangeServer):
    result = _asked(run, server, "explain", "weex")
    assert "is not on record" in result.err
    assert "--live" not in result.err
    assert "--cap gives it" in result.err


# -- explain --history --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exchange", "contract_id", "cap"),
    [
        ("binance", "LAYERUSDT", "0.00500000"),
        ("hyperliquid", "BTC", "0.0400000000"),
        ("bybit", "BTCUSDT", "0.00500000"),
    ],
)
def test_shares_of_settled_rates_are_counted(
    run: Run, server: ExchangeServer, exchange: str, contract_id: str, cap: str
):
    """LAYER goes from 4 h to 1 h within the twelve days: each rate stands beside the interest of its own interval."""
    now = server.world.now_ms
    c = contract(server, exchange, contract_id)
    steps = [(scheduled(s) - scheduled(before)) // HOUR_MS for before, s in zip(c.history, c.history[1:], strict=False)]
    places = len(cap.partition(".")[2])
    quiet = [f"{Decimal('0.0001') * hours / 8:.{places}f}" for hours in (steps[0], *steps)]
    planted = {0: lambda i: quiet[i], 1: lambda i: cap, 2: lambda i: f"-{cap}"}
    history = tuple(replace(s, rate=planted[i % 7](i)) if i % 7 in planted else s for i, s in enumerate(c.history))
    c = change(server, exchange, contract_id, history=history, cap=cap, floor=f"-{cap}")
    counted = [(s, quiet[i]) for i, s in enumerate(c.history) if scheduled(s) > now - 12 * DAY_MS]
    asked = ("explain", "-e", exchange, "-s", symbol_of(c), "--history", "12d", "-o", "json")
    result = run(*asked, now=_now(server))
    assert result.code == 0, result.err
    found, total = result.result, Decimal(len(counted))
    rates = [(Decimal(s.rate), Decimal(baseline)) for s, baseline in counted]
    assert found["settlements"] == len(counted)
    assert _near(found["at_baseline"], sum(rate == baseline for rate, baseline in rates) / total)
    assert found["inside"] == found["at_baseline"]
    assert _near(found["above"], sum(rate > baseline for rate, baseline in rates) / total)
    assert _near(found["below"], sum(rate < baseline for rate, baseline in rates) / total)
    assert _near(found["at_cap"], sum(rate == Decimal(cap) for rate, _ in rates) / total)
    assert _near(found["at_floor"], sum(rate == -Decimal(cap) for rate, _ in rates) / total)
    assert _near(found["positive"], sum(rate > 0 for rate, _ in rates) / total)
    assert found["intervals_hours"] == ([1, 4] if contract_id == "LAYERUSDT" else [steps[-1]])


@pytest.mark.parametrize(
    ("exchange", "typed", "cap"),
    [
        ("binance", ("--mmr", "1%"), "0.0075"),  # 0.75 x 1 %, before what fundingInfo says
        ("binance", ("--imr", "1%"), None),  # Binance's cap does not follow from it
        ("okx", ("--mmr", "1%"), None),
    ],
)
@pytest.mark.parametrize("asked", [("--live",), ("--history", "5d")])
def test_a_typed_margin_rate_goes_before_the_exchanges_cap_where_the_cap_follows_from_it(
    run: Run, server: ExchangeServer, exchange: str, typed: tuple[str, ...], cap: str | None, asked: tuple[str, ...]
):
    c = change(server, exchange, MAIN[exchange], cap="0.00500000", floor="-0.00500000")
    result = run("explain", "-e", exchange, "-s", symbol_of(c), *asked, *typed, "-o", "json", now=_now(server))
    assert result.code == 0, result.err
    wanted = (Decimal("0.005"), "the exchange, live") if cap is None else (Decimal(cap), "given margin rates")
    assert (result.result["cap"], result.result["cap_source"]) == wanted


# -- predict ------------------------------------------------------------------------------------------------------


@each_exchange
def test_a_prediction_lies_within_its_bounds_and_ends_with_the_interval(
    run: Run, server: ExchangeServer, exchange: str
):
    """Hours left and time of payment are those of the world's next settlement."""
    c = contract(server, exchange, MAIN[exchange])
    more = ("--averaging", "simple") if exchange in UNAVERAGED else ()
    result = _asked(run, server, "predict", exchange, *more)
    assert result.code == 0, result.err
    found = result.result
    assert found["rate_low"] <= found["rate"] <= found["rate_high"]
    if exchange in TIMELESS:
        return
    assert _near(found["hours_left"], Decimal(c.next_ms - server.world.now_ms) / HOUR_MS, "1e-9")
    if exchange not in LAGGED:
        assert found["settles_at"] == iso(c.next_ms)
        assert close_rate(found["published_rate"], c.rate)


@pytest.mark.parametrize("exchange", UNAVERAGED)
def test_a_prediction_without_an_averaging_on_record_says_how_to_give_one(
    run: Run, server: ExchangeServer, exchange: str
):
    line = assert_failed(_asked(run, server, "predict", exchange), 2)
    assert "--averaging" in line


@pytest.mark.parametrize("ahead", [7, 239, 400])
def test_a_prediction_weighs_what_is_known_and_holds_the_newest_premium(run: Run, server: ExchangeServer, ahead: int):
    """Bybit: 480 minutes with weights 1 to 480; those to come have the newest premium."""
    c = change(server, "bybit", "BTCUSDT", premium="0.00150000")
    c = at_minute(server, "bybit", "BTCUSDT", ahead=ahead)
    found = _asked(run, server, "predict", "bybit").result
    known = [premium for _, premium in samples_of(c, server.world.now_ms)]
    assert (found["samples_known"], found["samples_total"]) == (479 - ahead, 480)
    assert _near(found["premium_so_far"], _linear(known))
    end = _linear([*known, *[known[-1]] * (480 - len(known))])
    assert _near(found["premium"], end)
    assert _near(found["rate"], _by_rule("bybit", end, 8, c))
    low = _linear([*known, *[min(known)] * (480 - len(known))])
    high = _linear([*known, *[max(known)] * (480 - len(known))])
    assert _near(found["rate_low"], _by_rule("bybit", low, 8, c))
    assert _near(found["rate_high"], _by_rule("bybit", high, 8, c))


def test_deribit_averages_nothing_so_that_the_moment_decides(run: Run, server: ExchangeServer):
    c = contract(server, "deribit", MAIN["deribit"])
    found = _asked(run, server, "predict", "deribit").result
    assert _near(found["premium_so_far"], _basis(c))
    assert found["known_weight"] == 0
    assert found["estimated"] is False  # the premium of the moment is all that counts
