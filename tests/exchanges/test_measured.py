"""The parts of a rate as each exchange publishes them: caps, interest, premium samples and order books."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.exchange_server import ExchangeServer
from tests.exchange_server.world import HOUR_MS, Level
from tests.exchanges.measuring import (
    BOTH,
    MAIN,
    ONE_BOUND,
    SAMPLED,
    UNCAPPED,
    WITH_INTEREST,
    Measure,
    at_minute,
    book_of,
    change,
    contract,
    reader,
    samples_of,
)
from tests.exchanges.support import EXCHANGES

#: An inverse row of HTX does not say its interval, so no test can move it.
TIMED = [(e, i) for e, i in SAMPLED if (e, i) != ("htx", "BTC-USD")]


@pytest.fixture
def measure(server: ExchangeServer, tmp_path: Path) -> Measure:
    """Read a contract of the server's world."""
    return reader(server, tmp_path / "cache")


#: Where a book ends before that of the world does.
MOST_LEVELS = {("hyperliquid", "BTC"): 20, ("phemex", "BTCUSDT"): 30}


# -- caps, interest, the premium beside the rate ------------------------------------------------------------------


@pytest.mark.parametrize(("exchange", "contract_id"), BOTH)
def test_caps_are_the_exchanges_own_where_it_publishes_them(
    measure: Measure, server: ExchangeServer, exchange: str, contract_id: str
):
    """Some have none, or none on inverse contracts; some name one bound for both sides."""
    change(server, exchange, contract_id, cap="0.00375000", floor="-0.00250000")
    reading = measure(exchange, contract_id, premium=False).reading
    if exchange in UNCAPPED or (exchange, contract_id) in (("htx", "BTC-USD"), ("bingx", "BTC-USD")):
        assert (reading.cap, reading.floor) == (None, None)
    elif exchange in ONE_BOUND:
        assert (reading.cap, reading.floor) == (Decimal("0.00375"), Decimal("-0.00375"))
    else:
        assert (reading.cap, reading.floor) == (Decimal("0.00375"), Decimal("-0.0025"))


def test_a_cap_that_binance_does_not_list_is_unknown(measure: Measure, server: ExchangeServer):
    """fundingInfo may list only contracts that are not 8-hourly: SOL (4 h) has a cap, BTC has none."""
    assert not server.world.every_interval
    assert measure("binance", "BTCUSDT", premium=False).reading.cap is None
    sol = contract(server, "binance", "SOLUSDT")
    assert measure("binance", "SOLUSDT", premium=False).reading.cap == Decimal(sol.cap)


@pytest.mark.parametrize(("exchange", "contract_id"), BOTH)
def test_interest_is_only_what_the_wire_calls_the_interest_of_the_formula(
    measure: Measure, server: ExchangeServer, exchange: str, contract_id: str
):
    """Gate, WEEX and KuCoin send a daily rate, which is another number."""
    change(server, exchange, contract_id, interest="0.0002")
    reading = measure(exchange, contract_id, premium=False).reading
    wanted = Decimal("0.000025") if exchange == "dydx" else Decimal("0.0002")
    assert reading.interest == (wanted if exchange in WITH_INTEREST else None)
    if exchange in ("gate", "kucoinfutures"):
        assert reading.interest_per_day == Decimal("0.0006")


def test_interest_of_a_four_hour_contract_is_not_scaled(measure: Measure, server: ExchangeServer):
    """Since 2025-09-18 Binance's I is that of 8 hours for every interval, and the whole is divided."""
    assert contract(server, "binance", "SOLUSDT").interval_hours == 4
    reading = measure("binance", "SOLUSDT", premium=False).reading
    assert (reading.interest, reading.interest_per_day) == (Decimal("0.0001"), Decimal("0.0003"))


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_the_premium_beside_the_rate_is_said_to_be_of_the_moment(
    measure: Measure, server: ExchangeServer, exchange: str
):
    """OKX, Hyperliquid and Bitfinex send one; it is a sample and no average. Mark and index are no premium."""
    c = contract(server, exchange, MAIN[exchange])
    reading = measure(exchange, MAIN[exchange], premium=False).reading
    now = server.world.now_ms
    sent = {"okx": Decimal(c.premium_at(now)), "hyperliquid": Decimal(c.premium)}
    if exchange == "bitfinex":  # the contract's own price over its mark price
        assert reading.premium is not None
        assert abs(reading.premium - Decimal(c.premium_at(now))) < Decimal("1e-12")
    else:
        assert reading.premium == sent.get(exchange)
    assert reading.premium_averaged is False


@pytest.mark.parametrize(
    ("exchange", "contract_id", "interest"),
    [("aster", "SOLUSDT", "0.0001"), ("phemex", "SOLUSDT", "0.00005")],
)
def test_interest_is_that_of_the_formula_whatever_the_wire_scales(
    measure: Measure, server: ExchangeServer, exchange: str, contract_id: str, interest: str
):
    """At 4 h Aster and Phemex send 0.005 %: Aster divides the whole by 8/N, so its I is 0.01 %; Phemex scales I."""
    assert contract(server, exchange, contract_id).interval_hours == 4
    assert measure(exchange, contract_id, premium=False).reading.interest == Decimal(interest)


def test_paradex_numbers_of_another_period_are_left_to_the_profile(measure: Measure, server: ExchangeServer):
    """No source says whether they are those of 8 h or of the period."""
    assert contract(server, "paradex", "SOL-USD-PERP").interval_hours == 4
    reading = measure("paradex", "SOL-USD-PERP", premium=False).reading
    assert (reading.cap, reading.floor, reading.interest) == (None, None, None)


@pytest.mark.parametrize(
    ("cap", "floor", "wanted"),
    [("0.02", "0.02", ("0.02", None)), ("-0.02", "-0.02", (None, "-0.02")), ("0", "0", (None, None))],
)
def test_a_floor_above_zero_and_a_cap_below_it_are_none(
    measure: Measure, server: ExchangeServer, cap: str, floor: str, wanted: tuple[str | None, str | None]
):
    """Three perpetuals of WOO X have a floor of +2 %; zero on both sides would be a rate that is always zero."""
    change(server, "woo", "PERP_BTC_USDT", cap=cap, floor=floor)
    reading = measure("woo", "PERP_BTC_USDT", premium=False).reading
    assert (reading.cap, reading.floor) == tuple(None if bound is None else Decimal(bound) for bound in wanted)


def test_kraken_names_its_divisor(measure: Measure):
    """fundingRateCoefficient, 8 in the world as on the exchange."""
    assert measure("krakenfutures", "PF_XBTUSD", premium=False).reading.divisor == 8
    assert measure("binance", "BTCUSDT", premium=False).reading.divisor is None


# -- premium samples ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [8, 24])
@pytest.mark.parametrize(("exchange", "contract_id"), TIMED)
def test_premium_samples_are_every_minute_of_the_interval_once(
    measure: Measure, server: ExchangeServer, exchange: str, contract_id: str, hours: int
):
    """480 less what lies ahead; 24 hours need several pages on most exchanges, 8 need five on OKX."""
    c = at_minute(server, exchange, contract_id, ahead=7, hours=hours)
    found = measure(exchange, contract_id)
    assert found.warnings == []
    assert found.since_ms == c.next_ms - hours * HOUR_MS
    assert found.premiums == samples_of(c, server.world.now_ms)
    assert len(found.premiums) == hours * 60 - 8
    assert found.book is None


def test_htx_inverse_samples_follow_the_interval_seen_in_settled_times(measure: Measure, server: ExchangeServer):
    """The row names no next settlement: the settled times show 8 hours, and the samples fill them."""
    c = contract(server, "htx", "BTC-USD")
    found = measure("htx", "BTC-USD")
    assert found.reading.interval_hours == 8
    assert found.premiums == samples_of(c, server.world.now_ms)


@pytest.mark.parametrize(("exchange", "contract_id"), TIMED)
def test_the_first_minute_of_an_interval_has_no_sample_and_the_book_stands_in(
    measure: Measure, server: ExchangeServer, exchange: str, contract_id: str
):
    """A candle that still runs is no sample. OKX's own premium of the moment goes before the book."""
    at_minute(server, exchange, contract_id, ahead=8 * 60 - 1)
    found = measure(exchange, contract_id)
    # OKX samples on the full minute, and the interval's first instant belongs to the interval before
    assert found.premiums == []
    assert (found.book is None) == (exchange == "okx")


@pytest.mark.parametrize(("exchange", "contract_id"), [("weex", "BTCUSDT"), ("bybit", "BTCUSD"), ("bitget", "BTCUSDT")])
def test_an_exchange_without_premium_samples_is_not_asked_for_them(
    measure: Measure, server: ExchangeServer, exchange: str, contract_id: str
):
    """Bybit keeps premium candles for linear contracts alone."""
    found = measure(exchange, contract_id)
    assert found.premiums == []
    assert found.warnings == []
    assert server.seen("(?i)premium.?(index)?.?(price)?.?(kline|history)") == []


def test_samples_go_before_the_premium_of_the_moment(measure: Measure, server: ExchangeServer):
    """OKX has both: the samples are what it averages."""
    at_minute(server, "okx", "BTC-USDT-SWAP", ahead=7)
    found = measure("okx", "BTC-USDT-SWAP")
    assert found.reading.premium is not None
    assert len(found.premiums) == 472


def test_the_premium_of_the_moment_goes_before_the_book(measure: Measure, server: ExchangeServer):
    """Hyperliquid measures it at its own impact notional; its book is not asked for."""
    found = measure("hyperliquid", "BTC")
    assert found.reading.premium is not None
    assert found.book is None
    assert server.seen("l2Book") == []


# -- order books --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("exchange", "contract_id"), BOTH)
def test_a_book_is_in_coins_or_of_an_inverse_contract_in_quote_currency(
    measure: Measure, server: ExchangeServer, exchange: str, contract_id: str
):
    """Contracts become coins; Bitget's coin-margined book counts coins, each worth its level's price."""
    c = contract(server, exchange, contract_id)
    book = book_of(measure, server, exchange, contract_id)
    for given, world in zip(book, c.book(), strict=True):
        wanted = world[: MOST_LEVELS.get((exchange, contract_id), len(world))]
        assert len(given) == len(wanted)
        if (exchange, contract_id) == ("bitget", "BTCUSD"):
            assert [price for price, _ in given] == [price for price, _ in wanted]
            assert all(abs(a - b) < Decimal("0.001") for (_, a), (_, b) in zip(given, wanted, strict=True))
        else:
            assert given == wanted


@pytest.mark.parametrize(("exchange", "contract_id"), BOTH)
def test_a_book_reaches_the_impact_notional_of_25000_dollars(
    measure: Measure, server: ExchangeServer, exchange: str, contract_id: str
):
    """Both sides, each worth more than 200 USD x 125 (Binance's largest leverage)."""
    linear = contract(server, exchange, contract_id).linear
    for side in book_of(measure, server, exchange, contract_id):
        assert sum(price * size if linear else size for price, size in side) > 25_000


def test_the_worlds_book_is_symmetric_and_sorted(server: ExchangeServer):
    """What the other tests compare with: best first, equal sizes, no level twice."""
    for exchange, contract_id in BOTH:
        bids, asks = contract(server, exchange, contract_id).book()
        assert [size for _, size in bids] == [size for _, size in asks]
        assert prices(bids) == sorted(set(prices(bids)), reverse=True)
        assert prices(asks) == sorted(set(prices(asks)))
        assert prices(bids)[0] < prices(asks)[0]


def prices(side: list[Level]) -> list[Decimal]:
    return [price for price, _ in side]
