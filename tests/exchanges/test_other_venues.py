"""Gate, HTX, WEEX, Bitget, Hyperliquid and Kraken: what the wire or ccxt gets wrong there, one test each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.conftest import Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchanges.support import by_symbol, close_rate, held, iso, same_rate, symbol_of


def _rows(run: Run, exchange: str, *more: str) -> dict[str, dict[str, Any]]:
    result = run("rates", "--exchange", exchange, "-o", "json", *more, now=None)
    assert result.code == 0, result.err
    return by_symbol(result.rows)


def test_gate_interest_is_per_day(run: Run, server: ExchangeServer):
    assert {row["interest_per_day"] for row in _rows(run, "gate").values()} == {Decimal("0.0003")}


def test_gate_gives_no_forecast_out_of_a_deprecated_copy_of_the_rate(run: Run, server: ExchangeServer):
    """funding_rate_indicative equals funding_rate: no forecast."""
    assert {row["next_rate"] for row in _rows(run, "gate").values()} == {None}


def test_gate_contracts_on_their_way_out_are_not_shown(run: Run, server: ExchangeServer):
    gone = server.world.contract("gate", "WAVES_USDT")
    assert not gone.active
    assert symbol_of(gone) not in _rows(run, "gate")


def test_htx_inverse_interval_is_seen_in_its_history(run: Run, server: ExchangeServer):
    row = _rows(run, "htx")["BTC/USD:BTC"]
    assert (row["interval_hours"], row["interval_basis"]) == (8, "observed")
    assert server.seen("swap_historical_funding_rate")


def test_htx_inverse_contract_that_settles_4_hourly_is_seen_as_such(run: Run, server: ExchangeServer):
    c = server.world.contract("htx", "BTC-USD")
    linear = server.world.contract("htx", "SOL-USDT")  # 4-hourly
    server.world = server.world.with_contract(
        "htx", "BTC-USD", interval_hours=4, next_ms=linear.next_ms, history=linear.history
    )
    row = _rows(run, "htx")["BTC/USD:BTC"]
    assert (row["interval_hours"], row["interval_basis"]) == (4, "observed")
    assert same_rate(row["rate"], c.rate)


def test_weex_time_is_the_settlement_and_not_the_time_of_the_answer(run: Run, server: ExchangeServer):
    """ccxt 4.5.90 takes `time` for fundingTimestamp."""
    rows = _rows(run, "weex")
    for c in held(server.world, "weex"):
        assert rows[symbol_of(c)]["time"] == iso(c.next_ms)
        assert same_rate(rows[symbol_of(c)]["next_rate"], c.next_rate)


def test_weex_costs_are_fractions_where_ccxts_fees_are_percents(run: Run, server: ExchangeServer):
    """Taker 0.08 %, twice, on 10,000: 16 USDT. ccxt's describe() holds 0.08 as if it were a fraction: 1,600."""
    result = run("cost", "--exchange", "weex", "--symbol", "BTC", "--live", "-o", "json", now=None).result
    assert result["fees"] == 16


def test_bitget_reads_all_three_product_types(run: Run, server: ExchangeServer):
    rows = _rows(run, "bitget")
    assert {"BTC/USDT:USDT", "ETH/USDC:USDC", "BTC/USD:BTC"} <= set(rows)
    for symbol, contract_id in (("ETH/USDC:USDC", "ETHPERP"), ("BTC/USD:BTC", "BTCUSD")):
        assert same_rate(rows[symbol]["rate"], server.world.contract("bitget", contract_id).rate)


def test_bitget_demo_products_are_neither_shown_nor_asked_for(run: Run, server: ExchangeServer):
    rows = _rows(run, "bitget")
    run("rates", "--exchange", "bitget", "--symbol", "BTC", "--last", "2d", now=None)
    assert not [row for row in rows.values() if row["base"] in ("SBTC", "SETH") or row["quote"].startswith("SUS")]
    assert server.requests
    assert not server.seen(r"(?i)productType=S(USDT|COIN|USDC)-FUTURES")


def test_bitget_without_prices_still_gives_rates_and_says_so(run: Run, server: ExchangeServer):
    server.faults.append(Fault(r"mix/market/tickers.*USDT-FUTURES", "status", status=400))
    result = run("rates", "--exchange", "bitget", "-o", "json", now=None)
    row = by_symbol(result.rows)["BTC/USDT:USDT"]
    assert same_rate(row["rate"], server.world.contract("bitget", "BTCUSDT").rate)
    assert (row["mark_price"], row["index_price"]) == (None, None)
    assert "prices" in result.err


def test_bitget_without_current_fund_rate_takes_the_tickers_and_the_contract_list(run: Run, server: ExchangeServer):
    server.faults.append(Fault(r"mix/market/current-fund-rate", "status", status=400))
    rows = _rows(run, "bitget")
    for c in held(server.world, "bitget"):
        assert same_rate(rows[symbol_of(c)]["rate"], c.rate)
        assert rows[symbol_of(c)]["interval_hours"] == c.interval_hours


def test_hyperliquid_interval_is_the_profiles_unless_strict_asks_to_look(run: Run, server: ExchangeServer):
    assert {row["interval_basis"] for row in _rows(run, "hyperliquid").values()} == {"profile"}
    assert not server.seen("fundingHistory")
    strict = _rows(run, "hyperliquid", "--strict")
    assert {row["interval_basis"] for row in strict.values()} == {"observed"}
    assert {row["interval_hours"] for row in strict.values()} == {1}
    assert server.seen("fundingHistory")


def test_hyperliquid_delisted_assets_with_a_rate_of_zero_are_not_shown(run: Run, server: ExchangeServer):
    assert "MATIC/USDC:USDC" not in _rows(run, "hyperliquid")


def test_hyperliquid_index_is_the_oracle_price(run: Run, server: ExchangeServer):
    c = server.world.contract("hyperliquid", "BTC")
    row = _rows(run, "hyperliquid")["BTC/USDC:USDC"]
    assert same_rate(row["index_price"], c.index) and same_rate(row["mark_price"], c.mark)
    assert c.index != c.mark


def test_kraken_inverse_rate_is_absolute_times_index(run: Run, server: ExchangeServer):
    """absolute = relative / index in BTC per USD; dividing it once more by the mark is wrong by price squared."""
    c = server.world.contract("krakenfutures", "PI_XBTUSD")
    row = _rows(run, "krakenfutures")["BTC/USD:BTC"]
    assert close_rate(row["rate"], c.rate)
    assert close_rate(row["next_rate"], c.next_rate)


def test_kraken_rate_beyond_25_percent_is_not_clipped(run: Run, server: ExchangeServer):
    """ccxt 4.5.90 clips at 0.25; a wrong absolute rate must be shown or refused, never replaced by 0.25."""
    server.world = server.world.with_contract("krakenfutures", "PF_ETHUSD", rate="0.300000000000000000")
    rows = _rows(run, "krakenfutures")
    assert close_rate(rows["ETH/USD:USD"]["rate"], "0.3")


def test_kraken_relative_rate_in_the_ticker_would_go_before_the_derived_one(run: Run, server: ExchangeServer):
    def told(answer: Any) -> Any:
        rows = [{**t, "relativeFundingRate": 0.000025} if t["symbol"] == "PF_ETHUSD" else t for t in answer["tickers"]]
        return {**answer, "tickers": rows}

    server.faults.append(Fault("v3/tickers", "rewrite", edit=told))
    row = _rows(run, "krakenfutures")["ETH/USD:USD"]
    assert (row["rate"], row["rate_basis"]) == (Decimal("0.000025"), "reported")


def test_kraken_strict_refuses_a_derived_rate(run: Run, server: ExchangeServer):
    result = run("rates", "--exchange", "krakenfutures", "--strict", "-o", "json", now=None)
    assert (result.code, result.out) == (6, "")
    assert "derived" in result.err
