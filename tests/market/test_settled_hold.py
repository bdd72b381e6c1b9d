"""A hold priced at what settled: holes in it are said, and --strict does not accept them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.conftest import Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchanges.support import assert_failed


def _hold() -> tuple[datetime, datetime]:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=4, hours=1), midnight - timedelta(days=1, hours=1)


def test_a_settlement_missing_from_the_history_is_said_and_refused_under_strict(run: Run, server: ExchangeServer):
    opened, closed = _hold()
    gone = int((opened + timedelta(days=1, hours=1)).timestamp() * 1000)
    without = lambda rows: [row for row in rows if abs(row["fundingTime"] - gone) > 60_000]  # noqa: E731
    asked = (
        "cost",
        "-s",
        "BTC",
        "--size",
        "1",
        "--open",
        opened.isoformat(),
        "--close",
        closed.isoformat(),
        "--settled",
    )
    assert run(*asked, "--strict", "-o", "json", now=None).result["settlements"] == 9
    server.faults.append(Fault(r"fapi/v1/fundingRate", "rewrite", edit=without))
    result = run(*asked, "-o", "json", now=None)
    assert result.result["settlements"] == 8
    assert "1 settlement missing" in result.err
    assert "missing" in assert_failed(run(*asked, "--strict", now=None), 6)


def test_rows_of_a_window_in_the_past_were_observed_now(run: Run, server: ExchangeServer):
    result = run("rates", "-s", "BTC", "--since", "10d", "--until", "8d", "-o", "json", now=None)
    assert result.rows
    assert {row["observed_at"] for row in result.rows} == {result.json["as_of"]}
