"""Named days: what each figure is, and that nothing without a source is filled in."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal as D

import pytest

from fundcli.core.days import DAYS, NAMES, moves, named
from fundcli.errors import UsageError


def test_a_day_is_found_by_its_name_and_its_date_and_all_of_them_together():
    assert named("ftx-2022") == named("2022-11-09") == named(" FTX-2022 ")
    assert named("all") == DAYS
    assert len(set(NAMES)) == len(DAYS)


def test_a_misspelt_day_gets_the_nearest_right_one():
    with pytest.raises(UsageError) as error:
        named("ftx-2021")
    assert error.value.remedy == "Did you mean ftx-2022?"


@pytest.mark.parametrize(
    ("name", "low", "high", "close"),
    [
        ("mar-2020", "4410 7934.58", "7966.17 7934.58", "4800 7934.58"),
        ("may-2021", "30000 42849.78", "43584.9 42849.78", "36690.09 42849.78"),
        ("terra-2022", "26700 29103.94", "30243 29103.94", "29029.75 29103.94"),
        ("ftx-2022", "15588 18545.38", "18587.76 18545.38", "15922.81 18545.38"),
        ("oct-2025", "102000 121662.41", "122550 121662.41", "112774.5 121662.41"),
    ],
)
def test_bitcoins_days_are_binances_candles(name, low, high, close):
    """Binance's spot candles of the UTC day as a public copy has them, read off it by hand."""
    (day,) = named(name)
    expected = {"low": low.split(), "high": high.split(), "close": close.split()}
    found = {what: (perp, spot) for what, perp, spot in moves(day)}
    for what, (price, opened) in expected.items():
        for move in found[what]:
            assert abs(move - (D(price) / D(opened) - 1)) < D("1e-24")


def test_the_squeeze_has_a_perp_that_left_spot_behind():
    """About 180 to 737 on OKX's futures, spot to 550: +309 % and +206 %."""
    ((what, perp, spot),) = moves(named("trb-2023")[0])
    assert (what, round(perp, 3), round(spot, 3)) == ("high", D("3.094"), D("2.056"))


def test_what_no_source_gives_is_null_and_says_so():
    for day in DAYS:
        assert day.source and day.url.startswith("https://")
        assert (day.funding_rate is None) == (day.funding_at is None) == (day.funding_source is None)
        if None in (day.low, day.high, day.close, day.funding_rate):
            assert day.approximate
            assert "no source" in day.note


@pytest.mark.recorded
@pytest.mark.parametrize("day", [day for day in DAYS if day.funding_rate is not None], ids=lambda day: day.name)
def test_the_funding_rate_is_the_largest_that_settled_around_the_day(shared, day):
    since = datetime.combine(date.fromisoformat(day.date), time(7, 59), UTC)
    until = since + timedelta(days=1, minutes=2)
    with (shared / "history" / "binance_BTCUSDT_funding.csv").open() as file:
        rows = [
            (datetime.fromtimestamp(int(row["fundingTime"]) / 1000, UTC), D(row["fundingRate"]))
            for row in csv.DictReader(file)
        ]
    around = {at.replace(microsecond=0): rate for at, rate in rows if since < at < until}
    assert len(around) == 4
    assert around[day.funding_at] == day.funding_rate
    assert abs(day.funding_rate) == max(map(abs, around.values()))
