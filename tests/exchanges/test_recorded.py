"""Answers that real exchanges gave: each recorded rate comes out to the last digit, with its interval."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Result, Run
from tests.exchange_server import ExchangeServer
from tests.exchange_server.recorded import CASES, install
from tests.exchange_server.world import HOUR_MS
from tests.exchanges.support import by_symbol, iso, same_rate

pytestmark = pytest.mark.recorded
TESTED = {
    "bybit-funding-rate", "bybit-funding-rates", "gate-inverse-rates", "htx-linear-rate", "htx-linear-history",
    "htx-inverse-rate", "htx-inverse-history", "binance-premium-index", "gate-contracts", "hyperliquid-history",
}  # fmt: skip


def _rows(result: Result) -> dict[str, dict[str, Any]]:
    assert result.code == 0, result.err
    return by_symbol(result.rows)


def test_every_recording_with_funding_rates_has_a_test():
    assert set(CASES) - {"okx-open-interest"} == TESTED


def test_binance_of_2024_11_27_every_contract_has_its_own_interval(run: Run, server: ExchangeServer, shared: Path):
    """379 rows, 4 of them dated; interestRate 0.0001 on 205 (8 h), 0.00005 on 166 (4 h), 0 on 4, which tell nothing."""
    recording = install(server, shared / "recorded", "binance-premium-index")
    result = run("rates", "-o", "json", now=None)
    by_id = {row["base"] + row["quote"]: row for row in result.rows}
    perpetual = [row for row in recording.wire if "_" not in row["symbol"]]
    assert (len(recording.wire), len(perpetual), len(by_id)) == (379, 375, 375)
    hours = {"0.00010000": 8, "0.00005000": 4}
    counted: Counter[int] = Counter()
    for said in perpetual:
        row = by_id[said["symbol"]]
        assert same_rate(row["rate"], said["lastFundingRate"]), said["symbol"]
        assert row["time"] == iso(said["nextFundingTime"])
        assert same_rate(row["mark_price"], said["markPrice"])
        assert same_rate(row["index_price"], said["indexPrice"])
        if said["interestRate"] in hours:
            assert row["interval_hours"] == hours[said["interestRate"]], said["symbol"]
            assert row["interval_basis"] == "reported"
            assert row["interest_per_day"] == Decimal("0.0003")
            counted[int(row["interval_hours"])] += 1
        else:
            assert row["interval_basis"] == "profile", said["symbol"]
    assert counted == {8: 205, 4: 166}


def test_binance_of_2024_11_27_is_said_to_be_old(run: Run, server: ExchangeServer, shared: Path):
    install(server, shared / "recorded", "binance-premium-index")
    assert "2024-11-27" in run("rates", "-o", "json", now=None).err


def test_gate_of_2023_05_24_all_contracts(run: Run, server: ExchangeServer, shared: Path):
    """302 contracts, one of them on its way out."""
    recording = install(server, shared / "recorded", "gate-contracts")
    result = run("rates", "-e", "gate", "-o", "json", now=None)
    rows = {row["base"] + "_" + row["quote"]: row for row in result.rows if row["quote"] == "USDT"}
    living = [row for row in recording.wire if not row["in_delisting"]]
    assert (len(recording.wire), len(living)) == (302, 301)
    assert len(rows) == 301
    for said in living:
        row = rows[said["name"]]
        assert same_rate(row["rate"], said["funding_rate"]), said["name"]
        assert row["interval_hours"] * 3600 == said["funding_interval"]
        assert row["interval_basis"] == "reported"
        assert row["time"] == iso(said["funding_next_apply"] * 1000)
        assert same_rate(row["mark_price"], said["mark_price"])
        assert same_rate(row["index_price"], said["index_price"])


def test_gate_inverse(run: Run, server: ExchangeServer, shared: Path):
    recording = install(server, shared / "recorded", "gate-inverse-rates")
    row = _rows(run("rates", "-e", "gate", "-s", "BTC/USD:BTC", "-o", "json", now=None))["BTC/USD:BTC"]
    said = recording.wire[0]
    assert same_rate(row["rate"], said["funding_rate"]) and row["interval_hours"] == 8
    assert row["time"] == iso(said["funding_next_apply"] * 1000)
    assert same_rate(row["mark_price"], said["mark_price"]) and same_rate(row["index_price"], said["index_price"])


@pytest.mark.parametrize("case", ["bybit-funding-rate", "bybit-funding-rates"])
def test_bybit_tickers(run: Run, server: ExchangeServer, shared: Path, case: str):
    recording = install(server, shared / "recorded", case)
    row = _rows(run("rates", "-e", "bybit", "-s", "BTC", "-o", "json", now=None))["BTC/USDT:USDT"]
    said = recording.wire["result"]["list"][0]
    assert same_rate(row["rate"], said["fundingRate"])
    assert row["interval_hours"] == 8
    assert row["time"] == iso(int(said["nextFundingTime"])) == "2024-11-04T16:00:00Z"
    assert same_rate(row["mark_price"], said["markPrice"]) and same_rate(row["index_price"], said["indexPrice"])
    assert row["observed_at"].startswith(iso(recording.at_ms)[:16])


def test_htx_linear_rate(run: Run, server: ExchangeServer, shared: Path):
    install(server, shared / "recorded", "htx-linear-rate")
    row = _rows(run("rates", "-e", "htx", "-s", "BTC", "-o", "json", now=None))["BTC/USDT:USDT"]
    assert same_rate(row["rate"], "0.000081913965631512")
    assert (row["interval_hours"], row["interval_basis"]) == (8, "reported")
    assert row["time"] == "2026-06-12T08:00:00Z"


def test_htx_inverse_rate(run: Run, server: ExchangeServer, shared: Path):
    recording = install(server, shared / "recorded", "htx-inverse-rate")
    # fundcli asks for the batch, whose rows are of the same make
    server.answer("swap_batch_funding_rate", {**recording.wire, "data": [recording.wire["data"]]})
    result = run("rates", "-e", "htx", "-s", "BTC/USD:BTC", "-o", "json", now=None)
    row = _rows(result)["BTC/USD:BTC"]
    assert same_rate(row["rate"], "0.000100000000000000")
    assert row["time"] == "2026-06-12T16:00:00Z"
    assert row["interval_hours"] == 8


def test_htx_linear_history(run: Run, server: ExchangeServer, shared: Path):
    install(server, shared / "recorded", "htx-linear-history")
    window = ("--since", "2020-10-20", "--until", "2020-10-23")
    result = run("rates", "-e", "htx", "-s", "BTC", *window, "-o", "json", now=None)
    assert result.code == 0, result.err
    assert [(row["time"], row["rate"]) for row in result.rows] == [("2020-10-21T16:00:00Z", Decimal("0.0001"))]


def test_htx_inverse_history(run: Run, server: ExchangeServer, shared: Path):
    install(server, shared / "recorded", "htx-inverse-history")
    window = ("--since", "2026-06-11", "--until", "2026-06-13")
    result = run("rates", "-e", "htx", "-s", "BTC/USD:BTC", *window, "-o", "json", now=None)
    assert result.code == 0, result.err
    assert [(row["time"], row["rate"]) for row in result.rows] == [("2026-06-12T08:00:00Z", Decimal("0.0001"))]


def test_hyperliquid_history_of_the_8_hour_days(run: Run, server: ExchangeServer, shared: Path):
    """May 2023: 34 rows, 8 h apart, stamped some 400 ms late; today's 1 h must not be read into them."""
    recording = install(server, shared / "recorded", "hyperliquid-history")
    window = ("--since", "2023-05-01", "--until", "2023-05-24")
    result = run("rates", "-e", "hyperliquid", "-s", "BTC", *window, "-o", "json", now=None)
    assert result.code == 0, result.err
    instants = [round(said["time"] / HOUR_MS) * HOUR_MS for said in recording.wire]
    assert [row["time"] for row in result.rows] == [iso(t) for t in instants]
    assert len(result.rows) == 34
    assert all(
        same_rate(row["rate"], said["fundingRate"]) for row, said in zip(result.rows, recording.wire, strict=True)
    )
    assert {row["interval_hours"] for row in result.rows} == {8}
    assert {row["interval_basis"] for row in result.rows} == {"observed"}
