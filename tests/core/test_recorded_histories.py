"""Real histories through clean, mean_rate and payment; the figures are those of ../shared/history/README.md."""

import csv
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from fundcli.core.annualize import apr
from fundcli.core.cost import UsedRate, cost
from fundcli.core.history import Stamp, clean, latest_interval, mean_rate
from fundcli.core.hold import hold_between
from fundcli.core.position import open_position, payment
from fundcli.core.schedule import MS_PER_HOUR, Grid

pytestmark = pytest.mark.recorded


def _rows(shared, name):
    with (shared / "history" / name).open(newline="") as file:
        return list(csv.DictReader(file))


def _history(rows, time="fundingTime", rate="fundingRate"):
    return clean(Stamp(_ms(row[time]), D(row[rate])) for row in rows)


def _ms(text):
    if text.isdigit():
        return int(text)
    value = datetime.fromisoformat(text)
    return round((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp() * 1000)


def _year(settled, year):
    first, last = (round(datetime(y, 1, 1, tzinfo=UTC).timestamp() * 1000) for y in (year, year + 1))
    return [row for row in settled if first <= row.time_ms < last]


@pytest.mark.parametrize(
    ("year", "percent"),
    [(2020, "17.193"), (2021, "30.608"), (2022, "4.165"), (2023, "7.866"), (2024, "11.924"), (2025, "5.126")],
)
def test_the_yearly_rate_of_bitcoin_on_binance_is_the_published_one(shared, year, percent):
    history = _history(_rows(shared, "binance_BTCUSDT_funding.csv"))
    yearly = apr(mean_rate(_year(history.settled, year), D(8)), D(8))
    assert round(yearly * 100, 3) == D(percent)


def test_seven_years_of_binance_bitcoin_are_8_hourly_without_gap_or_duplicate(shared):
    rows = _rows(shared, "binance_BTCUSDT_funding.csv")
    history = _history(rows)
    assert len(history.settled) == len(rows) == 7611
    assert (history.holes, history.conflicts) == ((), ())
    assert {row.interval_hours for row in history.settled} == {8}
    assert history.settled[0].time_ms == _ms("2019-09-10T08:00:00")
    assert history.settled[-1].time_ms == _ms("2026-08-21T00:00:00")


def test_rows_in_any_order_and_with_repeated_pages_give_the_same_history(shared):
    rows = _rows(shared, "binance_BTCUSDT_funding.csv")
    mixed = [*rows, *rows[900:1100]]
    random.Random(1).shuffle(mixed)
    assert _history(mixed) == _history(rows)


def test_rows_taken_out_are_named_as_holes(shared):
    rows = _rows(shared, "binance_BTCUSDT_funding.csv")
    kept = [row for number, row in enumerate(rows) if number not in (100, 2000, 2001, 2002, 7000)]
    assert [hole.missing for hole in _history(kept).holes] == [1, 3, 1]


def test_the_share_of_positive_settlements_in_2021_is_the_published_one(shared):
    settled = _year(_history(_rows(shared, "binance_BTCUSDT_funding.csv")).settled, 2021)
    assert round(sum(row.rate > 0 for row in settled) / len(settled), 3) == 0.927


def test_layer_went_from_4_hourly_to_hourly_without_a_hole(shared):
    """984 rows, 305 steps of 4 h, then 678 of 1 h."""
    history = _history(_rows(shared, "binance_LAYERUSDT_funding_interval_4h_to_1h.csv"))
    assert [row.interval_hours for row in history.settled] == [4] * 306 + [1] * 678
    assert history.holes == ()
    assert latest_interval(history.settled) == 1


def test_the_mean_over_a_switch_is_the_money_over_the_hours(shared):
    """Not the mean of the rows, which would weigh an hour like four."""
    rows = _rows(shared, "binance_LAYERUSDT_funding_interval_4h_to_1h.csv")
    money = sum(D(row["fundingRate"]) for row in rows)
    hours = 306 * 4 + 678
    mean = mean_rate(_history(rows).settled, D(8))
    assert abs(mean - money / hours * 8) < D("1e-24")
    assert abs(mean / (money / len(rows)) - 1) > 1


def test_switches_of_two_and_three_hours_are_intervals_on_267_contracts(shared):
    """Every step in the file is 1, 2, 3, 4 or 8 h; 5 of 3 h and 3 of 2 h stand at switches; nothing is missing."""
    by_symbol = defaultdict(list)
    for row in _rows(shared, "binance_267_symbols_funding_2026.csv"):
        by_symbol[row["symbol"]].append(row)
    assert len(by_symbol) == 267
    seen = Counter()
    for symbol, rows in by_symbol.items():
        history = _history(rows, "timestamp", "funding_rate")
        assert history.holes == (), symbol
        intervals = [row.interval_hours for row in history.settled[1:]]
        span = history.settled[-1].time_ms - history.settled[0].time_ms
        assert sum(intervals) * MS_PER_HOUR == span, symbol
        seen.update(intervals)
    assert seen == {4: 39132, 8: 12295, 1: 1445, 3: 5, 2: 3}


def test_bitmex_paid_daily_before_it_paid_every_eight_hours(shared):
    """TRAPS 36: the first 22 rows are daily; the steps of a day are that, not holes."""
    history = _history(_rows(shared, "bitmex_XBTUSD_funding.csv"))
    assert len(history.settled) == 8547
    assert [row.interval_hours for row in history.settled] == [24] * 22 + [8] * 8525
    assert history.holes == ()


@pytest.mark.parametrize(("year", "percent"), [(2017, "27.18"), (2018, "-7.88"), (2021, "15.37"), (2022, "-3.40")])
def test_the_yearly_rate_of_bitmex_is_the_published_one(shared, year, percent):
    history = _history(_rows(shared, "bitmex_XBTUSD_funding.csv"))
    yearly = apr(mean_rate(_year(history.settled, year), D(8)), D(8))
    assert round(yearly * 100, 2) == D(percent)


def test_the_25_holes_of_the_hyperliquid_archive_are_all_found(shared):
    """12,192 hourly rows over 17,472 hours: 23 holes of 220 hours, one of 219, one of 1."""
    rows = _rows(shared, "hyperliquid_BTC_funding_premium_2024_2025.csv")
    history = _history(rows, "time")
    assert Counter(hole.missing for hole in history.holes) == {220: 23, 219: 1, 1: 1}
    assert {row.interval_hours for row in history.settled} == {1}
    span = (history.settled[-1].time_ms - history.settled[0].time_ms) // MS_PER_HOUR
    assert len(rows) + sum(hole.missing for hole in history.holes) == span + 1


def test_a_year_of_hyperliquid_is_hourly_without_a_gap(shared):
    history = _history(_rows(shared, "hyperliquid_BTC_funding_1h_2025_2026.csv"), "time")
    assert len(history.settled) == 8785
    assert ({row.interval_hours for row in history.settled}, history.holes) == ({1}, ())


def test_bybits_own_interval_is_the_one_observed(shared):
    rows = _rows(shared, "bybit_BTCUSDT_funding_2025_2026.csv")
    history = _history(rows, "time")
    assert len(rows) == len(history.settled)
    assert [row.interval_hours for row in history.settled] == [float(row["interval_hours"]) for row in rows]


def test_a_short_of_fixed_coin_earned_forty_point_seven_percent_of_its_first_notional(shared):
    """MATH.md: June 2023 to March 2025, sum of r = 18.0 %, sum of r P / P0 = 40.7 %."""
    rows = [
        row
        for row in _rows(shared, "binance_BTCUSDT_spot_perp_quarterly_funding_8h_2023_2025.csv")
        if row["funding_rate"]
    ]
    settled = {_ms(row["Timestamp"]): D(row["funding_rate"]) for row in rows}
    prices = {_ms(row["Timestamp"]): D(row["perp_open"]) for row in rows}
    first, last = min(settled), max(settled)
    hold = hold_between(
        Grid(8 * MS_PER_HOUR), first - 1, last, continuous=False, window_ms=0, rate=D(0), settled=settled, prices=prices
    )
    short = open_position(
        exchange="binance", symbol="BTC/USDT:USDT", side="short", leverage=D(1), notional=D(10_000), price=prices[first]
    )
    mean = UsedRate(
        rate=sum(settled.values()) / len(settled),
        interval_hours=D(8),
        interval_basis="observed",
        kind="mean",
        source="",
        interval_source="",
    )
    answer = cost(short, mean, hold, D(0), D(0))
    assert answer.settlements == 1960
    assert round(-answer.funding / 10_000, 3) == D("0.407")
    assert round(sum(settled.values()), 3) == D("0.180")


def test_79_payments_of_a_real_account_have_our_sign_and_our_size(shared):
    """README: usdc = -szi x price x rate x nSamples. The cash at the price before is right within a half."""
    rows = _rows(shared, "hyperliquid_user_funding_payments_2023_first79.csv")
    assert len(rows) == 79
    last_price = {}
    checked = 0
    for row in rows:
        size, rate = D(row["szi"]), D(row["fundingRate"])
        cash, samples, coin = D(row["usdc"]), int(row["nSamples"]), row["coin"]
        price = abs(cash / (size * rate * samples))
        held = open_position(
            exchange="hyperliquid", symbol=f"{coin}/USDC:USDC", side="long" if size > 0 else "short", leverage=D(1),
            notional=D(0), size=abs(size), price=last_price.get(coin, price),
        )  # fmt: skip
        paid = payment(held, rate) * samples
        assert (paid > 0) == (cash < 0)
        if coin in last_price and abs(cash) > D("0.01"):
            assert abs(paid / -cash - 1) < D("0.5"), row
            checked += 1
        last_price[coin] = price
    assert checked > 50
