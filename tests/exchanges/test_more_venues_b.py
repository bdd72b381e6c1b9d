"""Bitfinex, Deribit, dYdX, Aster, Paradex, Backpack and Lighter: what the wire or ccxt gets wrong, one test each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.conftest import Run
from tests.exchange_server import Contract, ExchangeServer, Fault
from tests.exchange_server.world import DAY_MS, HOUR_MS
from tests.exchanges.support import assert_failed, by_symbol, held, iso, same_rate, scheduled, symbol_of


def _rows(run: Run, exchange: str, *more: str) -> dict[str, dict[str, Any]]:
    result = run("rates", "--exchange", exchange, "-o", "json", *more, now=None)
    assert result.code == 0, result.err
    return by_symbol(result.rows)


def _past(run: Run, exchange: str, c: Contract, last: str) -> list[dict[str, Any]]:
    result = run("rates", "-e", exchange, "-s", symbol_of(c), "--last", last, "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")
    return result.rows


def _mean(c: Contract, since_ms: int) -> Decimal:
    rates = [Decimal(s.rate) for s in c.history if scheduled(s) >= since_ms]
    return sum(rates, Decimal(0)) / len(rates)


def test_bitfinex_index_is_not_the_derivatives_own_mid(run: Run, server: ExchangeServer):
    """Position 3 is the derivative's mid (the wire's is the mark x 1.0004), position 4 Bitfinex's own spot mid."""
    for c in held(server.world, "bitfinex"):
        row = _rows(run, "bitfinex")[symbol_of(c)]
        assert row["index_price"] is None
        assert same_rate(row["mark_price"], c.mark)


def test_bitfinex_accrual_so_far_is_no_forecast(run: Run, server: ExchangeServer):
    """Position 9 grows from zero through the period: 0.00000527 at step 82, 0.00001449 at step 222 in its docs."""
    assert {row["next_rate"] for row in _rows(run, "bitfinex").values()} == {None}


def test_bitfinex_documented_row_is_read_by_its_positions(run: Run, server: ExchangeServer):
    """The sample of the API's reference, 2023-08-04 16:04:19: 0.00014548 is paid at 2023-08-05 00:00."""
    sample = [
        "tBTCF0:USTF0", 1691165059000, None, 29297.851276225, 29277.5, None, 36950860.76010306, None, 1691193600000,
        0.00000527, 82, None, 0.00014548, None, None, 29278.8925, None, None, 9636.07644994, None, None, None,
        0.0005, 0.0025,
    ]  # fmt: skip
    server.answer(r"status/deriv\?", [sample])
    row = _rows(run, "bitfinex", "-s", "BTC")["BTC/USDT:USDT"]
    assert (row["rate"], row["kind"], row["time"]) == (Decimal("0.00014548"), "fixed", "2023-08-05T00:00:00Z")
    assert (row["mark_price"], row["observed_at"]) == (Decimal("29278.8925"), "2023-08-04T16:04:19Z")


def test_bitfinex_strict_sees_8_hours_in_its_events(run: Run, server: ExchangeServer):
    rows = _rows(run, "bitfinex", "--strict")
    assert {(row["interval_hours"], row["interval_basis"]) for row in rows.values()} == {(8, "observed")}


def test_bitfinex_status_rows_are_not_taken_for_settlements(run: Run, server: ExchangeServer):
    """Three days hold 216 status rows and nine settlements, each with the rate that its eight hours were told."""
    c = server.world.contract("bitfinex", "tBTCF0:USTF0")
    rows = _past(run, "bitfinex", c, "3d")
    wanted = [s for s in c.history if s.time_ms >= server.world.now_ms - 3 * DAY_MS]
    assert [(row["time"], row["rate"]) for row in rows] == [(iso(s.time_ms), Decimal(s.rate)) for s in wanted]
    assert len(rows) == 9


def test_bitfinex_event_to_come_is_no_settlement(run: Run, server: ExchangeServer):
    """Its rate is known, and stands in the newest rows of the history."""
    c = server.world.contract("bitfinex", "tBTCF0:USTF0")
    window = ("--since", "3d", "--until", iso(c.next_ms + HOUR_MS))
    result = run("rates", "-e", "bitfinex", "-s", "BTC", *window, "-o", "json", now=None)
    assert result.code == 0, result.err
    assert result.rows[-1]["time"] == iso(c.history[-1].time_ms)


def test_bitfinex_dense_rows_are_skipped_and_sparse_ones_read_by_the_page(run: Run, server: ExchangeServer):
    """Cut to two rows a page, each period needs one request, not twelve; whole pages hold many periods."""
    c = server.world.contract("bitfinex", "tBTCF0:USTF0")
    _past(run, "bitfinex", c, "20d")
    assert len(server.seen("/hist")) <= 3
    server.requests.clear()
    server.faults.append(Fault("/hist", "rewrite", edit=lambda rows: rows[:2]))
    rows = _past(run, "bitfinex", c, "3d")
    assert len(rows) == 9
    # nine periods, the running one, the one before the window; soon after a settlement the first page ends at it
    assert len(server.seen("/hist")) <= 12


def test_bitfinex_asks_for_derivatives_alone(run: Run, server: ExchangeServer):
    _rows(run, "bitfinex")
    assert server.seen("pub:info:pair:futures")
    assert not server.seen("pub:list|pub:info:pair(,|$)")


def test_deribit_rate_is_the_current_one_and_not_the_sum_of_the_past(run: Run, server: ExchangeServer):
    rows = _rows(run, "deribit")
    for c in held(server.world, "deribit"):
        past = sum(Decimal(s.rate) for s in c.history if s.time_ms > server.world.now_ms - 8 * HOUR_MS)
        assert past != Decimal(c.rate)
        row = rows[symbol_of(c)]
        assert same_rate(row["rate"], c.rate)
        assert (row["interval_hours"], row["interval_basis"], row["time"]) == (8, "profile", None)
    assert not server.seen("get_funding_rate_value")


def test_deribit_hourly_history_never_becomes_the_interval_of_the_rate_now(run: Run, server: ExchangeServer):
    """8 h is a unit there: with the 1 h of the history a rate would cost eight times too much."""
    result = run("rates", "-e", "deribit", "-s", "BTC", "--strict", "-o", "json", now=None)
    assert (result.code, result.out) == (6, "")


def test_deribit_history_is_each_hours_own_interest(run: Run, server: ExchangeServer):
    c = server.world.contract("deribit", "BTC-PERPETUAL")
    rows = _past(run, "deribit", c, "2d")
    wanted = [s for s in c.history if s.time_ms >= server.world.now_ms - 2 * DAY_MS]
    assert [(row["time"], row["rate"]) for row in rows] == [(iso(s.time_ms), Decimal(s.rate)) for s in wanted]
    assert {row["interval_hours"] for row in rows} == {1}
    assert len(rows) == 48


def test_deribit_documented_hour_counts_its_hour_alone(run: Run, server: ExchangeServer):
    """The API's sample of 2019-10-01 01:00: interest_1h -4.739622041017375e-7, interest_8h two hundred times that."""
    sample = {
        "timestamp": 1569891600000, "index_price": 8222.87, "prev_index_price": 8305.72,
        "interest_8h": -0.00009234260068476106, "interest_1h": -4.739622041017375e-7,
    }  # fmt: skip
    server.answer("get_funding_rate_history", {"jsonrpc": "2.0", "id": 7617, "result": [sample]})
    window = ("--since", "2019-10-01T00:00:00Z", "--until", "2019-10-01T02:00:00Z")
    result = run("rates", "-e", "deribit", "-s", "BTC/USD:BTC", *window, "-o", "json", now=None)
    assert [(row["time"], row["rate"]) for row in result.rows] == [
        ("2019-10-01T01:00:00Z", Decimal("-4.739622041017375e-7"))
    ]
    # alone it has no neighbour to be seen by, and is no rate of 8 hours for all that
    assert [row["interval_hours"] for row in result.rows] == [1]


def test_deribit_cost_of_history_is_eight_hours_of_hourly_means(run: Run, server: ExchangeServer):
    """10,000 of notional for 8 h at the mean hourly rate of seven days."""
    c = server.world.contract("deribit", "BTC_USDC-PERPETUAL")
    asked = ("cost", "-e", "deribit", "-s", symbol_of(c), "--history", "7d", "--hold", "8h", "-o", "json")
    result = run(*asked, now=None)
    assert result.code == 0, result.err
    wanted = 10_000 * 8 * _mean(c, server.world.now_ms - 7 * DAY_MS)
    assert abs(Decimal(str(result.result["funding"])) - wanted) <= abs(wanted) * Decimal("1e-9")


def test_deribit_pays_for_the_time_held(run: Run, server: ExchangeServer):
    """Two hours of a rate quoted for eight: a quarter of it."""
    c = server.world.contract("deribit", "BTC_USDC-PERPETUAL")
    result = run("cost", "-e", "deribit", "-s", "BTC", "--live", "--hold", "2h", "-o", "json", now=None)
    assert result.code == 0, result.err
    assert Decimal(str(result.result["funding"])) == 10_000 * Decimal(c.rate) / 4


def test_deribit_settled_pays_parts_of_hours_at_each_hours_index(run: Run, server: ExchangeServer):
    """Half of the first hour, one whole, a quarter of the last, each at its own interest and index price."""
    c = server.world.contract("deribit", "BTC_USDC-PERPETUAL")
    first, second, third = c.history[-8:-5]
    hold = ("--open", iso(first.time_ms - HOUR_MS // 2), "--close", iso(second.time_ms + HOUR_MS // 4))
    asked = ("cost", "-e", "deribit", "-s", "BTC", *hold, "--settled", "--size", "3", "-o", "json")
    result = run(*asked, now=None)
    assert result.code == 0, result.err
    parts = ((first, Decimal("0.5")), (second, Decimal(1)), (third, Decimal("0.25")))
    wanted = sum(3 * Decimal(s.mark) * Decimal(s.rate) * share for s, share in parts)
    assert abs(Decimal(str(result.result["funding"])) - wanted) <= abs(wanted) * Decimal("1e-12")


def test_deribit_perpetuals_have_no_expiry_and_futures_are_left_out(run: Run, server: ExchangeServer):
    """ccxt gives them the year 3000; a market with an expiry is dated."""
    assert sorted(_rows(run, "deribit")) == ["BTC/USD:BTC", "BTC/USDC:USDC", "ETH/USD:ETH", "SOL/USDC:USDC"]
    assert not server.seen("kind=(?!future)")


def test_dydx_rate_comes_from_the_list_that_ccxt_reads_no_rate_from(run: Run, server: ExchangeServer):
    row = _rows(run, "dydx")["BTC/USDC:USDC"]
    c = server.world.contract("dydx", "BTC-USD")
    assert same_rate(row["rate"], c.rate) and same_rate(row["index_price"], c.index)
    assert (row["mark_price"], row["interval_hours"], row["time"]) == (None, 1, iso(c.next_ms))
    strict = _rows(run, "dydx", "--strict")
    assert {(row["interval_hours"], row["interval_basis"]) for row in strict.values()} == {(1, "observed")}


def test_dydx_asks_for_no_more_rows_than_the_indexer_likes(run: Run, server: ExchangeServer):
    """A limit above its maximum, 100 or 1000 by version, is refused."""
    c = server.world.contract("dydx", "BTC-USD")
    rows = _past(run, "dydx", c, "20d")
    wanted = [s for s in c.history if scheduled(s) >= server.world.now_ms - 20 * DAY_MS]
    assert len(rows) == len(wanted) == 480
    assert not server.seen("limit=")


def test_dydx_pays_at_the_oracle_price_of_each_hour(run: Run, server: ExchangeServer):
    """2 BTC x the price in the row x its rate."""
    c = server.world.contract("dydx", "BTC-USD")
    paid = c.history[-6:-2]
    hold = ("--open", iso(scheduled(paid[0]) - HOUR_MS // 2), "--close", iso(scheduled(paid[-1]) + HOUR_MS // 2))
    result = run("cost", "-e", "dydx", "-s", "BTC", *hold, "--settled", "--size", "2", "-o", "json", now=None)
    assert result.code == 0, result.err
    wanted = sum(2 * Decimal(s.mark) * Decimal(s.rate) for s in paid)
    assert abs(Decimal(str(result.result["funding"])) - wanted) <= abs(wanted) * Decimal("1e-12")


def test_aster_time_is_the_settlement_to_come(run: Run, server: ExchangeServer):
    """ccxt leaves fundingTimestamp empty."""
    rows = _rows(run, "aster")
    assert all(rows[symbol_of(c)]["time"] == iso(c.next_ms) for c in held(server.world, "aster"))


def test_aster_interest_is_that_of_the_interval(run: Run, server: ExchangeServer):
    """0.01 % at 8 h, 0.005 % at 4 h, 0.00125 % at 1 h: 0.03 % a day each."""
    assert {row["interest_per_day"] for row in _rows(run, "aster").values()} == {Decimal("0.0003")}


def test_aster_without_its_intervals_looks_for_them_and_says_so(run: Run, server: ExchangeServer):
    server.faults.append(Fault("fundingInfo", "status", status=400))
    result = run("rates", "-e", "aster", "-o", "json", now=None)
    assert result.code == 5
    assert "intervals" in result.err
    rows = by_symbol(result.rows)
    for c in held(server.world, "aster"):
        assert rows[symbol_of(c)]["interval_hours"] == c.interval_hours
        assert rows[symbol_of(c)]["interval_basis"] == "observed"


def test_aster_asks_no_spot_host(run: Run, server: ExchangeServer):
    _rows(run, "aster")
    assert not server.seen("sapi")


def test_an_inactive_contract_of_the_new_exchanges_is_not_found(run: Run, server: ExchangeServer):
    for exchange in ("deribit", "dydx", "aster"):
        assert "WAVES" in assert_failed(run("rates", "--exchange", exchange, "--symbol", "WAVES", now=None), 2)


def test_paradex_interval_is_the_funding_period_of_each_market(run: Run, server: ExchangeServer):
    rows = _rows(run, "paradex")
    for c in held(server.world, "paradex"):
        row = rows[symbol_of(c)]
        assert (row["interval_hours"], row["interval_basis"], row["time"]) == (c.interval_hours, "reported", None)
    assert {c.interval_hours for c in held(server.world, "paradex")} == {8, 4, 1}


def test_paradex_period_of_zero_is_no_interval(run: Run, server: ExchangeServer):
    """Dividing by it would be a rate without end."""

    def zero(answer: Any) -> Any:
        return {"results": [{**row, "funding_period_hours": 0} for row in answer["results"]]}

    server.faults.append(Fault("v1/markets$", "rewrite", edit=zero))
    rows = _rows(run, "paradex")
    assert {(row["interval_hours"], row["interval_basis"]) for row in rows.values()} == {(8, "profile")}


def test_paradex_options_are_neither_shown_nor_a_reason_to_ask_again(run: Run, server: ExchangeServer):
    assert sorted(_rows(run, "paradex")) == ["BTC/USD:USDC", "ETH/USD:USDC", "LAYER/USD:USDC", "SOL/USD:USDC"]
    server.requests.clear()
    _rows(run, "paradex")
    assert not server.seen("v1/markets$")


def test_paradex_one_contract_is_asked_for_alone(run: Run, server: ExchangeServer):
    _rows(run, "paradex", "-s", "BTC")
    assert server.seen("market=BTC-USD-PERP") and not server.seen("market=ALL")


def test_paradex_observations_are_never_given_as_settlements(run: Run, server: ExchangeServer):
    """Seven days hold 120,960 rows of a rate for 8 hours each: refused, with the reason."""
    commands = (("rates", "--last", "7d"), ("cost", "--history", "7d"), ("carry", "--history", "7d"))
    for command, *span in commands:
        result = run(command, "-e", "paradex", "-s", "BTC", *span, "-o", "json", now=None)
        line = assert_failed(result, 4)
        assert "settles nothing" in line and "each second" in line
    assert not server.seen("funding/data")


def test_backpack_interval_is_the_exchanges_and_not_ccxts_1h(run: Run, server: ExchangeServer):
    rows = _rows(run, "backpack")
    hours = {c.base: c.interval_hours for c in held(server.world, "backpack")}
    assert hours == {"BTC": 1, "ETH": 1, "SOL": 4, "LAYER": 8}
    for c in held(server.world, "backpack"):
        assert (rows[symbol_of(c)]["interval_hours"], rows[symbol_of(c)]["time"]) == (hours[c.base], iso(c.next_ms))


def test_backpack_running_interval_is_no_settlement(run: Run, server: ExchangeServer):
    """The newest row of its history ends in the future."""
    c = server.world.contract("backpack", "LAYER_USDC_PERP")
    window = ("--since", "3d", "--until", iso(c.next_ms + HOUR_MS))
    result = run("rates", "-e", "backpack", "-s", "LAYER", *window, "-o", "json", now=None)
    assert result.code == 0, result.err
    assert result.rows[-1]["time"] == iso(c.history[-1].time_ms)
    assert iso(c.next_ms) not in {row["time"] for row in result.rows}


def test_backpack_window_of_long_ago_is_reached_by_offset(run: Run, server: ExchangeServer):
    """Its history takes no times: ccxt would filter the newest page, and answer nothing."""
    c = server.world.contract("backpack", "BTC_USDC_PERP")
    server.faults.append(Fault("fundingRates", "rewrite", edit=lambda rows: rows[:100]))
    wanted = [s for s in c.history if s.time_ms <= c.history[0].time_ms + 2 * DAY_MS]
    window = ("--since", iso(wanted[0].time_ms), "--until", iso(wanted[-1].time_ms))
    result = run("rates", "-e", "backpack", "-s", "BTC", *window, "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")
    assert [(row["time"], row["rate"]) for row in result.rows] == [(iso(s.time_ms), Decimal(s.rate)) for s in wanted]
    assert len(wanted) == 49


def test_backpack_asks_for_no_stocks_and_all_rates_at_once(run: Run, server: ExchangeServer):
    _rows(run, "backpack")
    assert not server.seen("securities|marketType=(?!PERP)")
    assert len(server.seen("markPrices")) == 1


def test_lighter_rates_of_other_exchanges_are_left_out(run: Run, server: ExchangeServer):
    """They stand before Lighter's own, under the same market ids."""
    rows = _rows(run, "lighter")
    assert all(same_rate(rows[symbol_of(c)]["rate"], c.rate) for c in held(server.world, "lighter"))
    only = Fault("funding-rates", "rewrite", edit=_without_lighters)
    server.faults.append(only)
    assert_failed(run("rates", "-e", "lighter", "-o", "json", now=None))


def _without_lighters(answer: Any) -> Any:
    return {**answer, "funding_rates": [row for row in answer["funding_rates"] if row["exchange"] != "lighter"]}


def test_lighter_documented_rate_is_an_eighth_an_hour(run: Run, server: ExchangeServer):
    """0.00009599999999999999 for 8 h is 0.0012 % an hour, as its history writes the usual hour."""
    row = {"market_id": 1, "exchange": "lighter", "symbol": "BTC", "rate": 0.00009599999999999999}
    server.answer("funding-rates", {"code": 200, "funding_rates": [row]})
    found = _rows(run, "lighter", "-s", "BTC")["BTC/USDC:USDC"]
    assert found["rate"] == Decimal("0.00001199999999999999875")
    assert (found["interval_hours"], found["rate_basis"]) == (1, "derived")
    assert run("rates", "-e", "lighter", "-s", "BTC", "--strict", now=None).code == 6


def test_lighter_history_is_percent_with_its_sign_in_the_direction(run: Run, server: ExchangeServer):
    """0.0012 paid by longs is 0.000012; 0.0034 paid by shorts is -0.000034; a side unknown is no rate."""
    hour = server.world.now_ms // HOUR_MS * HOUR_MS // 1000
    sides = [("0.0012", "long"), ("0.0034", "short"), ("0.0056", "both")]
    rows = [
        {"timestamp": hour - 3600 * i, "value": "1.0", "rate": rate, "direction": side}
        for i, (rate, side) in enumerate(sides)
    ]
    server.answer("api/v1/fundings", {"code": 200, "resolution": "1h", "fundings": rows})
    result = run("rates", "-e", "lighter", "-s", "BTC", "--last", "6h", "-o", "json", now=None)
    assert result.code == 0
    assert [row["rate"] for row in result.rows] == [Decimal("-0.000034"), Decimal("0.000012")]
    assert "left out" in result.err
