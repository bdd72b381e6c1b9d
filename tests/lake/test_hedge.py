"""fundcli hedge over the lake's hourly marks: series whose answers are known without a computer.

In units of 1 %: x moves +, +, -, - and so on, noise +, -, +, -. Over whole rounds both have a mean of zero and
nothing in common. y = 1.2 x + 0.5 noise has the variance 1.44 + 0.25 = 1.3², so the ratio is 1.2, the correlation
12 / 13 and the error 0.5 / sqrt(n - 2). With a noise of 1.6 the variance is 4 and the correlation 0.6.
"""

import math
from datetime import timedelta
from decimal import Decimal as D

import pytest

from fundcli.lake.layout import MARK, files
from fundcli.lake.records import PriceHour
from fundcli.lake.writer import writer
from tests.commands.expect import answered, refused
from tests.conftest import NOW
from tests.exchange_server import ExchangeServer
from tests.lake.filling import ms

HOUR = 3_600_000
END = ms("2026-11-21T21:00")  # the last hour that has ended at 22:00
ETH, BTC = "ETH/USDT:USDT", "BTC/USDT:USDT"
HEDGE = ("hedge", "--exposure", "ETH", "--instrument", "BTC", "--window", "10d", "--long-window", "20d")
X, NOISE = (1, 1, -1, -1), (1, -1, 1, -1)


def series(noises):
    """Prices of both, hour by hour up to END: a noise for every hour."""
    hours = len(noises)
    y, x = [3000.0], [60_000.0]
    for i, noise in enumerate(noises):
        x.append(x[-1] * math.exp(X[i % 4] / 100))
        y.append(y[-1] * math.exp((1.2 * X[i % 4] + noise * NOISE[i % 4]) / 100))
    times = [END - (hours - i) * HOUR for i in range(hours + 1)]
    return dict(zip(times, y, strict=True)), dict(zip(times, x, strict=True))


def put(root, symbol, prices, exchange="binance", fetched="2026-11-21T21:30"):
    """Candles whose open is the price; their other prices are far from it."""
    rows = [
        PriceHour(symbol=symbol, time_ms=time, open=price, high=price * 3, low=price / 3, close=price * 2,
                  source="by hand", fetched_ms=ms(fetched))
        for time, price in prices.items()
    ]  # fmt: skip
    with writer(root, exchange) as lake:
        lake.put(MARK, rows)
        lake.merge()


def fill(root, noises, **more):
    y, x = series(noises)
    put(root, ETH, y, **more)
    put(root, BTC, x, **more)
    return y, x


def test_ratio_error_and_correlation_are_those_worked_by_hand(run, lake):
    _, x = fill(lake, [0.5] * 480)
    result = run(*HEDGE, "-o", "json")
    found = answered(result)
    assert result.err == ""
    assert (found["exposure"], found["instrument"], found["exchange"], found["source"]) == (ETH, BTC, "binance", "lake")
    error = 0.5 / math.sqrt(238)
    t = 1.969982  # 95 %, 238 degrees
    wanted = {
        "ratio": 1.2, "correlation": 12 / 13, "effectiveness": 144 / 169, "reverse_ratio": 1.2 / 1.69,
        "standard_error": error, "ratio_low": 1.2 - t * error, "ratio_high": 1.2 + t * error,
    }  # fmt: skip
    assert {name: float(found[name]) for name in wanted} == pytest.approx(wanted, abs=1e-7)
    assert (found["returns"], found["effective_returns"], found["degrees_of_freedom"]) == (240, 240, 238)
    spread = {name: float(value) for name, value in found["volatilities"].items()}
    one = 0.01 * math.sqrt(240 / 239)
    assert spread["instrument"] == pytest.approx(one, rel=1e-9)
    assert spread["exposure"] == pytest.approx(1.3 * one, rel=1e-9)
    assert spread["exposure_year"] == pytest.approx(1.3 * one * math.sqrt(8760), rel=1e-9)
    window = found["window"]
    assert (window["first"], window["last"]) == ("2026-11-11T21:00:00Z", "2026-11-21T21:00:00Z")
    assert (window["common"], window["dropped"], window["gaps"], window["expected_returns"]) == (241, 0, 0, 240)
    assert found["drift"]["alarm"] is False
    assert float(found["price"]) == pytest.approx(x[END])
    assert (found["price_basis"], found["currency"]) == ("last", "USDT")


def test_the_other_way_round_is_the_reverse_ratio(run, lake):
    fill(lake, [0.5] * 480)
    found = answered(run("hedge", "--exposure", "BTC", "--instrument", "ETH", *HEDGE[5:], "-o", "json"))
    assert float(found["ratio"]) == pytest.approx(1.2 / 1.69, abs=1e-9)
    assert found["sentence"] == f"{ETH} hedges {BTC}: short {ETH} against long {BTC}"


def test_a_correlation_that_has_drifted_raises_the_alarm(run, lake):
    """12/13 now. Over both halves the noise has a mean square of 1.405: 1.2 / sqrt(1.44 + 1.405) = 0.71144."""
    fill(lake, [1.6] * 240 + [0.5] * 240)
    result = run(*HEDGE, "-o", "json", "--fail-if", "drift.alarm == true")
    drift = answered(result, 1)["drift"]
    assert float(drift["short"]) == pytest.approx(12 / 13, abs=1e-9)
    assert float(drift["long"]) == pytest.approx(1.2 / math.sqrt(2.845), abs=1e-9)
    assert float(drift["change"]) == pytest.approx(12 / 13 - 1.2 / math.sqrt(2.845), abs=1e-9)
    assert "drifted: 0.92 in the window, 0.71 in the longer one, a change of +0.21" in result.err
    calm = run(*HEDGE, "--drift", "0.25", "-o", "json", "--fail-if", "drift.alarm == true")
    assert (calm.code, calm.err, calm.result["drift"]["alarm"]) == (0, "", False)


def test_a_missing_hour_is_dropped_and_said_and_never_filled(run, lake):
    """ETH lacks one hour, BTC another beside it, both lack a third: four hours' ends, five returns fewer."""
    y, x = series([0.5] * 480)
    for prices, gone in ((y, (50, 80)), (x, (51, 80))):
        for back in gone:
            del prices[END - back * HOUR]
    put(lake, ETH, y)
    put(lake, BTC, x)
    result = run(*HEDGE, "-o", "json")
    found = answered(result)
    window = found["window"]
    assert (window["exposure_prices"], window["instrument_prices"], window["common"]) == (239, 239, 238)
    assert (window["dropped"], window["gaps"], window["missing"]) == (2, 2, 3)
    assert (found["returns"], window["expected_returns"]) == (235, 240)
    assert "2 gaps with 3 missing prices" in result.err


def test_a_window_that_the_lake_does_not_cover_is_said(run, lake):
    fill(lake, [0.5] * 120)
    result = run(*HEDGE, "-o", "json")
    found = answered(result)
    assert (found["returns"], found["drift"]["long"], found["drift"]["alarm"]) == (120, None, None)
    assert "120 of 240 returns, prices of both from 2026-11-16 21:00 to 2026-11-21 21:00" in result.err
    assert "whether the correlation has drifted is not known" in result.err


def test_few_returns_are_said_and_hardly_any_refused(run, lake):
    fill(lake, [0.5] * 480)
    result = run(*HEDGE[:5], "--window", "8h", "--long-window", "20d", "-o", "json")
    assert answered(result)["returns"] == 8
    assert "rests on 8 returns alone" in result.err
    refused(run(*HEDGE[:5], "--window", "2h"), 2, "--window", "--frequency")


def test_longer_steps_are_counted_in_utc(run, lake):
    """The four moves of a round add up to nothing in y and x alike: over 4 h neither moves, over 1 d neither."""
    fill(lake, [0.5] * 480)
    refused(run(*HEDGE, "--frequency", "4h"), 3, "does not move")
    day = {END - i * HOUR: 100.0 * (1.02 if (END - i * HOUR) // (24 * HOUR) % 3 else 1.0) for i in range(480)}
    put(lake, "C/USDT:USDT", day)
    put(lake, "D/USDT:USDT", {time: price**2 for time, price in day.items()})
    result = run("hedge", "--exposure", "D", "--instrument", "C", *HEDGE[5:], "--frequency", "1d", "-o", "json")
    found = answered(result)
    assert float(found["ratio"]) == pytest.approx(2, abs=1e-9)
    assert (found["returns"], found["window"]["frequency_hours"]) == (9, 24)


def test_a_half_life_gives_the_newest_their_weight(run, lake):
    fill(lake, [0.5] * 480)
    found = answered(run(*HEDGE, "--half-life", "2d", "-o", "json"))
    # (1 + q) / (1 - q) with q = 2^(-1/48) for an endless series: 138.5; the window of five half-lives has nearly that.
    assert 125 < found["effective_returns"] < 138.5
    assert float(found["ratio"]) == pytest.approx(1.2, abs=0.01)


def test_the_quantity_is_rounded_to_the_lot_at_the_last_price(run, lake):
    """20,000 x 1.2 = 24,000 of BTC at 60,000: 0.4 coins; in lots of 0.15 three: 0.45, 27,000, 3,000 too much."""
    fill(lake, [0.5] * 480)
    found = answered(run(*HEDGE, "-n", "20k", "--lot", "0.15", "-o", "json"))
    assert float(found["price"]) == pytest.approx(60_000, rel=1e-9)
    assert (found["lots"], found["quantity"], found["lot_unit"]) == (3, D("0.45"), "coins")
    assert float(found["residual"]) == pytest.approx(-3000, abs=1e-3)
    assert float(found["rounding_cost"]) == pytest.approx((0.15 / 1.3) ** 2, abs=1e-8)
    typed = answered(run(*HEDGE, "--price", "30000", "--lot", "1", "--contract-size", "0.01", "-o", "json"))
    assert (typed["price_basis"], typed["lots"], typed["contracts"]) == ("given", 40, 40)


def test_as_of_sees_the_rows_of_then_alone(run, lake):
    y, x = series([0.5] * 480)
    early = {ETH: y, BTC: x}
    cut = END - 24 * HOUR
    for symbol, prices in early.items():
        put(lake, symbol, {t: p for t, p in prices.items() if t <= cut}, fetched="2026-11-20T22:00")
    words = (*HEDGE, "--as-of", "2026-11-20T22:30", "-o", "json")
    then = run(*words)
    assert answered(then)["window"]["last"] == "2026-11-20T21:00:00Z"
    for symbol, prices in early.items():
        put(lake, symbol, {t: p for t, p in prices.items() if t > cut}, fetched="2026-11-21T21:30")
        put(lake, symbol, {END - 481 * HOUR: 7.0}, fetched="2026-11-21T21:30")
    assert run(*words).out == then.out
    assert run(*HEDGE, "-o", "json").result["window"]["last"] == "2026-11-21T21:00:00Z"
    refused(run(*HEDGE, "--as-of", "2026-11-01"), 3, "knew no hourly mark prices", "--as-of")


@pytest.mark.parametrize("held", [(), (BTC,)])
def test_a_lake_without_the_prices_says_how_to_fill_it(run, lake, held):
    _, x = series([0.5] * 48)
    for symbol in held:
        put(lake, symbol, x)
    wanted = "-s ETH" if held else "-s ETH -s BTC"
    refused(run(*HEDGE), 3, "no hourly mark prices of ETH", f"`fundcli history sync -e binance {wanted} --with prices`")


def test_prices_older_than_the_windows_are_none(run, lake):
    fill(lake, [0.5] * 48)
    result = run(*HEDGE, now=NOW + timedelta(days=60))
    refused(result, 3, "in that time", "--with prices")


def test_another_exchange_and_a_misspelt_one(run, lake):
    fill(lake, [0.5] * 480, exchange="okx")
    assert answered(run(*HEDGE, "-e", "okx", "-o", "json"))["exchange"] == "okx"
    refused(run(*HEDGE, "-e", "okxx"), 2, "okxx", "okx")
    refused(run("hedge", "--exposure", "ETH", "--instrument", "ETHUSDT", "-e", "okx"), 2, "cannot hedge itself")


def test_an_inverse_contract_is_counted_in_money(run, lake):
    """10,000 x 1.2 = 12,000 USD are 120 contracts of 100 USD, whatever a coin costs."""
    y, x = series([0.5] * 480)
    put(lake, ETH, y)
    put(lake, "BTC/USD:BTC", x)
    result = run(*HEDGE, "--contract-size", "100usd", "-o", "json")
    found = answered(result)
    assert "USDT and USD are taken as the same money" in result.err
    assert (found["lots"], found["contracts"], found["currency"]) == (120, 120, "USD")
    assert float(found["quantity"]) == pytest.approx(0.2, rel=1e-9)
    refused(run(*HEDGE, "--lot", "0.001"), 2, "inverse", "--contract-size 100usd")


def test_a_damaged_file_is_named(run, lake):
    fill(lake, [0.5] * 48)
    files(lake, MARK, "binance")[0].write_bytes(b"PAR1 nothing PAR1")
    refused(run(*HEDGE), 3, "data.parquet", "--again --with prices")


def test_a_damaged_year_leaves_the_others_and_is_exit_3(run, lake):
    fill(lake, [0.5] * 480)
    put(lake, ETH, {ms("2025-12-30"): 3000.0})
    files(lake, MARK, "binance")[0].write_bytes(b"PAR1 nothing PAR1")
    result = run(*HEDGE[:5], "--window", "10d", "-o", "json")
    assert (result.code, result.result["returns"]) == (3, 240)
    assert "year=2025" in result.err


def test_the_table_fits_80_columns(run, lake):
    fill(lake, [1.6] * 240 + [0.5] * 240)
    result = run(*HEDGE, "--lot", "0.001", "--half-life", "5d", "--no-color", terminal=True)
    assert result.code == 0
    assert max(map(len, result.out.splitlines())) <= 80
    for words in ("short 1.2", "Newey-West", "drift alarm, above 0.15", "yes"):
        assert words in result.out


def test_what_a_sync_brought_is_what_a_hedge_reads(run, server: ExchangeServer):
    sync = ("history", "sync", "-s", "BTC", "-s", "ETH", "--since", "20d", "--with", "prices", "-e", "binance")
    assert run(*sync, now=None).code == 0
    before = len(server.requests)
    result = run(*HEDGE, "-o", "json", now=None)
    found = answered(result)
    assert len(server.requests) == before
    assert (found["window"]["dropped"], found["window"]["gaps"], found["returns"]) == (0, 0, 240)
    assert -1 <= found["correlation"] <= 1


def test_the_table_of_a_lake_is_laid_out_as_it_was(run, lake, snapshot):
    fill(lake, [1.6] * 240 + [0.5] * 240)
    result = run(*HEDGE, "--lot", "0.15", "--no-color", terminal=True)
    assert result.code == 0
    assert result.out == snapshot
