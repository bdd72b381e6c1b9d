"""`book` from live rates and from histories: amounts by hand from the world's rates and prices."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal as D
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.exchange_server import ExchangeServer, Fault, Spot
from tests.exchange_server.world import HOUR_MS, Loan, Tier
from tests.exchanges.support import assert_failed, assert_partial, iso, same_rate, scheduled
from tests.lake.filling import every, fill

LIVE = """
positions:
  - {exchange: binance, symbol: BTC, side: short, size: 0.5, entry: 64000, leverage: 5}
  - {exchange: binance, symbol: BTC, market: spot, side: long, size: 0.5, entry: 63990}
  - {exchange: bybit, symbol: SOL, side: long, size: 100, entry: 142, leverage: 4, maintenance_rate: 1%}
  - {exchange: hyperliquid, symbol: BTC, side: long, size: 0.4, entry: 64000, leverage: 3}
"""


def _run(run: Run, text: str, *more: str, now: datetime | None = None):
    Path("book.yaml").write_text(text, encoding="utf-8")
    return run("book", "book.yaml", "-o", "json", *more, now=now)


def _close(given: object, wanted: D) -> bool:
    return abs(D(str(given)) - wanted) <= abs(wanted) * D("1e-12")


def test_live_takes_rate_price_and_schedule_from_each_exchange(run: Run, server: ExchangeServer):
    """Binance pays on the mark every 8 h, Bybit's SOL every 4 h, Hyperliquid every hour on the oracle price."""
    result = _run(run, LIVE, "--live").result
    world = server.world
    rows = {row["position"]: row for row in result["positions"]}
    cases = {
        1: (world.contract("binance", "BTCUSDT"), -1, D("0.5"), 8, False),
        3: (world.contract("bybit", "SOLUSDT"), 1, D(100), 4, False),
        4: (world.contract("hyperliquid", "BTC"), 1, D("0.4"), 1, True),
    }
    for number, (c, sign, size, hours, on_index) in cases.items():
        row, settled = rows[number], [s for s in result["settlements"] if s["position"] == number]
        assert same_rate(row["rate"], c.rate)
        assert (row["interval_hours"], row["rate_kind"]) == (hours, "accruing")
        assert (row["price_basis"], row["price"]) == ("mark", D(c.mark))
        assert len(settled) == 24 // hours
        assert (settled[0]["time"], row["next_settlement"]) == (iso(c.next_ms), iso(c.next_ms))
        assert [s["estimated"] for s in settled] == [False] + [True] * (24 // hours - 1)
        price = D(c.index if on_index else c.mark)
        assert all(_close(s["amount"], -sign * size * price * D(c.rate)) for s in settled)
        assert row["funding_24h"] == sum(s["amount"] for s in settled)
        assert _close(row["unrealised_pnl"], sign * size * (D(c.mark) - row["entry"]))
        assert "live" in row["rate_source"]
    spot = rows[2]
    assert (spot["price_basis"], spot["price"]) == ("index", D(world.contract("binance", "BTCUSDT").index))
    assert spot["symbol"] == "BTC/USDT"
    assert "BTC/USDT:USDT" in spot["price_source"]


def test_one_read_of_each_exchange_serves_all_its_positions(run: Run, server: ExchangeServer):
    five = "positions:\n" + "".join(
        f"  - {{exchange: binance, symbol: {coin}, side: long, size: 1, entry: 5, margin: 9, maintenance_rate: 1%}}\n"
        for coin in ("BTC", "ETH", "SOL", "LAYER", "BTC")
    )
    assert len(_run(run, five, "--live").result["positions"]) == 5
    assert len([r for r in server.requests if "premiumIndex" in r.url]) <= 5
    assert len([r for r in server.requests if "exchangeInfo" in r.url]) == 1


def test_an_exchange_that_fails_leaves_its_positions_empty_and_the_rest_stands(run: Run, server: ExchangeServer):
    server.faults.append(Fault("bybit", "status", status=500))
    result = _run(run, LIVE, "--live", "--timeout", "10s")
    assert "bybit" in assert_partial(result)
    rows = {row["position"]: row for row in result.result["positions"]}
    assert {rows[3][name] for name in ("rate", "price", "funding_24h", "equity", "rate_kind")} == {None}
    assert rows[1]["funding_24h"] is not None
    totals = {row["currency"]: row for row in result.result["totals"]}
    assert totals["USDT"]["funding_24h"] is None  # a sum without one of its parts is not known
    assert totals["USDC"]["funding_24h"] is not None
    assert result.result["stress"][0]["left_out"] == [3]
    assert {coin["coin"]: coin["net"] for coin in result.result["coins"]} == {"BTC": D("0.4"), "SOL": 100}


def test_a_typed_rate_does_not_stand_in_for_an_exchange_that_fails(run: Run, server: ExchangeServer):
    server.faults.append(Fault("bybit", "status", status=500))
    typed = LIVE.replace("maintenance_rate: 1%", "maintenance_rate: 1%, rate: 0.01%, price: 140")
    result = _run(run, typed, "--live", "--timeout", "10s")
    assert_partial(result)
    assert (result.result["positions"][2]["rate"], result.result["positions"][2]["price"]) == (None, None)


def test_all_failing_is_an_error(run: Run, server: ExchangeServer):
    server.faults.append(Fault("", "status", status=500))
    assert "all exchanges failed" in assert_failed(_run(run, LIVE, "--live", "--timeout", "10s"), 4)


def test_a_symbol_that_is_not_listed_is_named_with_its_line(run: Run, server: ExchangeServer):
    wrong = "positions:\n  - {exchange: binance, symbol: LAYERR, side: long, size: 1, entry: 5, leverage: 2}\n"
    line = assert_failed(_run(run, wrong, "--live"), 3)
    assert "book.yaml:2: positions.0.symbol: binance has no active perpetual 'LAYERR'" in line
    mixed = _run(run, LIVE + wrong.partition("\n")[2], "--live")
    assert "book.yaml:7: positions.4.symbol: binance has no active perpetual 'LAYERR'" in assert_partial(mixed)
    rows = mixed.result["positions"]
    assert {rows[4][name] for name in ("rate", "price", "funding_24h", "liquidation_price")} == {None}
    assert all(row["rate"] is not None for row in rows if row["position"] in (1, 3, 4))


def test_an_exchange_without_a_price_beside_its_rate_is_asked_for_the_last_hour(run: Run, server: ExchangeServer):
    text = "{exchange: okx, symbol: BTC, side: long, size: 1, entry: 60000, leverage: 2, maintenance_rate: 1%}"
    text = f"positions: [{text}]\n"
    result = _run(run, text, "--live")
    assert result.code == 0, result.err
    (row,) = result.result["positions"]
    c = server.world.contract("okx", "BTC-USDT-SWAP")
    hour = server.world.now_ms // HOUR_MS * HOUR_MS
    assert row["price_basis"] == "hour"
    assert row["price"] == D(c.price_at(hour, server.world.now_ms))
    assert "last hour" in result.err


def test_an_exchange_that_cannot_be_asked_keeps_what_the_file_says(run: Run, server: ExchangeServer):
    more = "  - {exchange: bitmex, symbol: BTC, side: long, size: 100, entry: 64000, leverage: 2RATE}\n"
    result = _run(run, LIVE + more.replace("RATE", ", rate: 0.01%"), "--live")
    assert result.code == 0, result.err
    assert result.result["positions"][4]["rate_source"] == "given in the file"
    assert "bitmex cannot be asked" in result.err
    assert "bitmex" in assert_partial(_run(run, LIVE + more.replace("RATE", ""), "--live"))


@pytest.mark.parametrize(("exchange", "contract_id"), [("binance", "BTCUSDT"), ("okx", "BTC-USDT-SWAP")])
def test_what_settled_since_it_was_opened_is_size_times_price_times_rate(
    run: Run, server: ExchangeServer, exchange: str, contract_id: str
):
    c = server.world.contract(exchange, contract_id)
    paid = c.history[-6:]
    opened = iso(scheduled(paid[0]) - HOUR_MS)
    text = f"""
positions:
  - {{exchange: {exchange}, symbol: BTC, side: short, size: 2, entry: 60000, leverage: 2, opened: "{opened}",
     maintenance_rate: 1%}}
"""
    result = _run(run, text)
    assert result.code == 0, result.err
    (row,) = result.result["positions"]
    assert _close(row["funding_to_date"], sum(2 * D(s.mark) * D(s.rate) for s in paid))
    assert (row["settlements_known"], row["settlements_missing"]) == (6, 0)
    assert result.result["totals"][0]["funding_to_date"] == row["funding_to_date"]


def test_a_history_that_cannot_be_had_is_partial(run: Run, server: ExchangeServer):
    server.faults.append(Fault("fapi/v1/fundingRate", "status", status=500))
    opened = iso(server.world.now_ms - 48 * HOUR_MS)
    text = LIVE.replace("leverage: 5}", f'leverage: 5, opened: "{opened}"}}')
    result = _run(run, text, "--live", "--timeout", "10s")
    assert "what it received since" in assert_partial(result)
    row = result.result["positions"][0]
    assert (row["funding_to_date"], row["settlements_known"]) == (None, None)
    assert row["funding_24h"] is not None


KEPT = """
positions:
  - {exchange: binance, symbol: BTC, side: short, size: 2, entry: 50000, leverage: 2, rate: 0.01%, price: 60000,
     opened: 2026-11-20T00:00Z}
"""
NOW = datetime(2026, 11, 21, 22, tzinfo=UTC)


def _fill(tmp_path: Path, rates: str) -> None:
    fill(tmp_path / "data" / "lake", every(8, "2026-11-19T00:00", rates), price=D(60_000), fetched="2026-11-21T17:00")


def test_offline_it_comes_from_the_lake(run: Run, tmp_path: Path):
    """Opened at 00:00 it received 08, 16, 00, 08 and 16: 2 x 60,000 x (1 + 2 + 3 + 4 + 5) / 10,000 = 180."""
    _fill(tmp_path, "0.009 0.009 0.009 0.009 0.0001 0.0002 0.0003 0.0004 0.0005")
    result = _run(run, KEPT, "--offline", now=NOW)
    assert result.code == 0, result.err
    (row,) = result.result["positions"]
    assert (row["funding_to_date"], row["settlements_known"], row["settlements_missing"]) == (180, 5, 0)


@pytest.mark.parametrize(
    ("rates", "known", "missing"),
    [
        ("0.009 0.009 0.009 0.009 0.0001 0.0002 - 0.0004 0.0005", 144, 1),  # a hole
        ("0.009 0.009 0.009 0.009 0.0001 0.0002 0.0003 0.0004 -", 120, 1),  # the end
        ("- - - - - 0.0002 0.0003 0.0004 0.0005", 168, 1),  # the beginning
        ("0.009 0.009 0.009 0.009 - - - - -", 0, 5),
    ],
)
def test_a_settlement_that_is_not_known_leaves_the_sum_unknown(
    run: Run, tmp_path: Path, rates: str, known: int, missing: int
):
    _fill(tmp_path, rates)
    result = _run(run, KEPT, "--offline", now=NOW)
    (row,) = result.result["positions"]
    assert (row["funding_to_date"], row["funding_known"], row["settlements_missing"]) == (None, known, missing)
    assert f"{missing} of the settlements since 2026-11-20T00:00Z are not known" in result.err
    assert result.result["totals"][0]["funding_to_date"] is None
    strict = _run(run, KEPT.replace("price:", "interval: 8h, price:"), "--offline", "--strict", now=NOW)
    assert "not known" in assert_failed(strict, 6)


def test_offline_without_a_lake_it_is_null_with_a_warning(run: Run):
    result = _run(run, KEPT, "--offline", now=NOW)
    assert result.code == 0
    assert result.result["positions"][0]["funding_to_date"] is None
    assert "what it received since 2026-11-20 is not known" in result.err


def test_as_of_prices_the_book_of_then(run: Run, tmp_path: Path):
    """Written at 17:00, so known at 17:30; the next settlement of then is midnight."""
    _fill(tmp_path, "0.009 0.009 0.009 0.009 0.0001 0.0002 0.0003 0.0004 0.0005")
    result = _run(run, KEPT, "--as-of", "2026-11-21T17:30Z", now=NOW)
    assert result.result["positions"][0]["funding_to_date"] == 180
    assert result.result["settlements"][0]["time"] == "2026-11-22T00:00:00Z"


def _one(position: str) -> str:
    return f"positions:\n  - {{{position}}}\n"


def test_margin_tiers_are_the_exchanges_own(run: Run, server: ExchangeServer):
    """100 SOL at 142 are 14,200: the second tier, at 1.5 % less 10,000 x (1.5 % - 1 %) = 50."""
    tiers = (Tier("10000", "50", "0.02", "0.01"), Tier("500000", "20", "0.05", "0.015", "50"))
    server.world = server.world.with_contract("bybit", "SOLUSDT", mark="142.00", tiers=tiers)
    text = _one("exchange: bybit, symbol: SOL, side: long, size: 100, entry: 142, leverage: 25")
    result = _run(run, text, "--live")
    assert result.code == 0, result.err
    (row,) = result.result["positions"]
    assert row["maintenance_margin"] == D(14_200) * D("0.015") - 50
    # (100 x 142 - 568 - 50) / (100 x 0.985)
    assert _close(row["liquidation_price"], (14_200 - D(568) - 50) / (100 * D("0.985")))
    assert row["maintenance_basis"] == "reported"
    assert row["maintenance_source"].startswith("bybit risk-limit, 20")
    assert "bybit offers at most 20x at this size, not 25x" in result.err


def test_a_typed_maintenance_rate_goes_before_and_no_tiers_are_asked_for(run: Run, server: ExchangeServer):
    text = _one("exchange: bybit, symbol: SOL, side: long, size: 1, entry: 142, leverage: 4, maintenance_rate: 3%")
    (row,) = _run(run, text, "--live").result["positions"]
    assert (row["maintenance_basis"], row["maintenance_source"]) == ("given", "given with `maintenance_rate`")
    assert _close(row["maintenance_margin"], D("0.03") * row["price"])
    assert server.seen("risk-limit") == []


def test_one_table_is_read_of_each_contract(run: Run, server: ExchangeServer):
    five = "positions:\n" + "".join(
        f"  - {{exchange: bybit, symbol: {coin}, side: long, size: 1, entry: 5, leverage: {n}}}\n"
        for n, coin in enumerate(("BTC", "ETH", "BTC", "BTCUSDT", "BTC"), 2)
    )
    assert {row["maintenance_basis"] for row in _run(run, five, "--live").result["positions"]} == {"reported"}
    assert len(server.seen("risk-limit")) == 2


def test_tiers_that_cannot_be_had_are_those_on_record_or_none_with_the_reason(run: Run, server: ExchangeServer):
    """Binance shows none to the public: BTC is on record, ETH is not. Bybit's fail: of SOL there is nothing else."""
    two = "positions:\n" + "".join(
        f"  - {{exchange: binance, symbol: {coin}, side: long, size: 0.1, entry: {price}, leverage: 5}}\n"
        for coin, price in (("BTC", 64_000), ("ETH", 2_700))
    )
    done = _run(run, two, "--live")
    assert done.code == 0
    btc, eth = done.result["positions"]
    assert (btc["maintenance_basis"], eth["maintenance_basis"], eth["liquidation_price"]) == ("profile", None, None)
    assert "binance profile" in btc["maintenance_source"]
    assert "signed requests alone" in eth["liquidation_unknown"]
    assert "the margin tiers are those on record" in done.err
    assert "its liquidation price is not known (`maintenance_rate`)" in done.err
    assert "on record" in assert_failed(_run(run, two, "--live", "--strict"), 6)
    server.faults.append(Fault("risk-limit", "status", status=500))
    sol = _one("exchange: bybit, symbol: SOL, side: long, size: 1, entry: 142, leverage: 4")
    failed = _run(run, sol, "--live", "--timeout", "10s")
    assert "no margin tiers of SOL/USDT:USDT are on record" in assert_partial(failed)
    (row,) = failed.result["positions"]
    assert (row["liquidation_price"], row["maintenance_margin"]) == (None, None)
    assert row["rate"] is not None


def test_a_contract_that_fails_leaves_the_others_of_its_exchange(run: Run, server: ExchangeServer):
    world = server.world.with_contract("bybit", "SOLUSDT", rate="nonsense")
    server.world = world
    two = "positions:\n" + "".join(
        f"  - {{exchange: bybit, symbol: {coin}, side: long, size: 1, entry: 5, leverage: 2}}\n"
        for coin in ("SOL", "BTC")
    )
    done = _run(run, two, "--live")
    assert "SOL/USDT:USDT" in assert_partial(done)
    sol, btc = done.result["positions"]
    assert (sol["rate"], sol["price"], sol["funding_24h"]) == (None, None, None)
    assert same_rate(btc["rate"], world.contract("bybit", "BTCUSDT").rate)


def test_thousands_of_a_coin_are_that_coin(run: Run, server: ExchangeServer):
    """Short 2,000 kPEPE at 0.0125 against 2,000,000 PEPE of spot at 0.0000125: flat, and no move matters.

    OKX has no perpetual of PEPE here: the middle of its spot book, 0.000012500 +- 0.015 %, is the price.
    """
    world = server.world.with_contract("hyperliquid", "kPEPE", mark="0.012500", index="0.012500")
    server.world = world.with_spot("okx", [*world.spot["okx"], Spot("PEPE", "USDT", price="0.000012500000")])
    text = """
positions:
  - {exchange: hyperliquid, symbol: kPEPE, side: short, size: 2000, entry: 0.0124, leverage: 2}
  - {exchange: okx, symbol: PEPE, market: spot, side: long, size: 2m, entry: 0.0000123}
"""
    done = _run(run, text, "--live", "--shocks=50%")
    assert done.code == 0, done.err
    perp, spot = done.result["positions"]
    assert (perp["coin"], perp["multiple"], perp["delta"], perp["price"]) == ("PEPE", 1000, -2_000_000, D("0.0125"))
    assert (spot["coin"], spot["multiple"], spot["delta"]) == ("PEPE", 1, 2_000_000)
    assert (spot["price_basis"], spot["price_source"]) == ("mid", "okx live, spot book mid of PEPE/USDT")
    assert spot["price"] == D("0.0000125")
    (coin,) = done.result["coins"]
    assert (coin["coin"], coin["bases"], coin["net"], coin["gross"]) == ("PEPE", ["kPEPE", "PEPE"], 0, 4_000_000)
    assert coin["price"] == D("0.0000125")
    assert perp["unrealised_pnl"] == -2000 * (D("0.0125") - D("0.0124"))
    assert sum(money["pnl"] for money in done.result["stress"][0]["money"]) == 0
    assert "not one coin" not in done.err


def test_one_name_at_two_prices_is_told(run: Run):
    """1000X is a thousand of X by its name; at 5 each and 0.1 a thousand it is another coin."""
    text = """
positions:
  - {exchange: binance, symbol: 1000X, side: short, size: 10, entry: 0.1, price: PRICE, leverage: 2}
  - {exchange: gate, symbol: X, market: spot, side: long, size: 10000, entry: 5, price: 5}
"""
    assert "by their prices they are not one coin" in _run(run, text.replace("PRICE", "0.1")).err
    assert "not one coin" not in _run(run, text.replace("PRICE", "5100")).err


def test_spot_that_has_neither_perp_nor_market_is_missing_alone(run: Run, server: ExchangeServer):
    spot = "  - {exchange: okx, symbol: NONE, market: spot, side: long, size: 5, entry: 1}\n"
    done = _run(run, LIVE + spot, "--live")
    assert "positions.4.symbol: okx has no spot market NONE/USDT" in assert_partial(done)
    assert done.result["positions"][4]["price"] is None
    assert done.result["positions"][0]["price"] is not None


def test_an_exchange_without_an_index_price_values_spot_by_its_book(run: Run, server: ExchangeServer):
    """OKX says no index beside its rate: the middle of BTC/USDT's best bid and ask."""
    done = _run(run, _one("exchange: okx, symbol: BTC, market: spot, side: long, size: 1, entry: 64000"), "--live")
    assert done.code == 0, done.err
    bids, asks = server.world.spot_book("okx", Spot("BTC", "USDT"))
    (row,) = done.result["positions"]
    assert (row["price_basis"], row["price"]) == ("mid", (bids[0][0] + asks[0][0]) / 2)
    server.faults.append(Fault("api/v5/market/books", "status", status=500))
    text = _one("exchange: okx, symbol: BTC, market: spot, side: long, size: 1, entry: 64000")
    failed = _run(run, text, "--live", "--timeout", "10s")
    assert (failed.code, failed.result["positions"][0]["price_basis"]) == (0, "hour")
    assert "(asked for the price of BTC/USDT)" in failed.err


def test_the_rate_that_kraken_computes_for_the_hour_after_is_used_for_it(run: Run, server: ExchangeServer):
    """The running hour at its fixed rate, the next one at the prediction, later ones estimated at the first."""
    c = server.world.contract("krakenfutures", "PF_XBTUSD")
    server.world = server.world.with_contract("krakenfutures", "PF_XBTUSD", rate="0.00002", next_rate="-0.00005")
    text = _one(
        "exchange: krakenfutures, symbol: BTC, side: short, size: 2, entry: 64000, leverage: 2, maintenance_rate: 1%"
    )
    result = _run(run, text, "--live").result
    (row,) = result["positions"]
    parts = result["settlements"]
    now = server.world.now_ms
    first = (now // HOUR_MS + 1) * HOUR_MS

    def at(time: str) -> int:
        return int(datetime.fromisoformat(time).timestamp() * 1000)

    for part in parts:
        wanted = "-0.00005" if first < at(part["time"]) <= first + HOUR_MS else "0.00002"
        assert abs(part["rate"] - D(wanted)) < D("1e-12")
        assert part["estimated"] is (at(part["time"]) > first + HOUR_MS)
        assert _close(part["amount"], 2 * D(c.index) * part["rate"] * part["share"])
    kinds = [part["rate_kind"] for part in parts if not part["estimated"]]
    assert kinds == ["fixed", "accruing"]
    assert (row["next_rate_kind"], row["funding_24h"]) == ("accruing", sum(part["amount"] for part in parts))


def test_a_forecast_of_the_settlement_after_is_named_so(run: Run, server: ExchangeServer):
    """WEEX's forecast stands at the second settlement alone."""
    server.world = server.world.with_contract("weex", "BTCUSDT", rate="0.0001", next_rate="0.0003")
    text = _one("exchange: weex, symbol: BTC, side: short, size: 1, entry: 64000, leverage: 2, maintenance_rate: 1%")
    rows = _run(run, text, "--live").result["settlements"]
    assert [(str(r["rate"]), r["rate_kind"], r["estimated"]) for r in rows] == [
        ("0.0001", "accruing", False), ("0.0003", "predicted", False), ("0.0001", "accruing", True),
    ]  # fmt: skip


SHORT = "exchange: bybit, symbol: BTC, market: spot, side: short, size: 0.5, entry: 64000"


def test_borrowed_coins_cost_the_exchanges_rate(run: Run, server: ExchangeServer):
    """0.5 BTC at 0.000001 an hour: 24 x 0.000001 x 0.5 coins a day, at the index price; paid, so negative."""
    loans = {**server.world.loans, "bybit": (Loan("BTC", "0.000001", "0.3"),)}
    server.world = replace(server.world, loans=loans)
    done = _run(run, _one(SHORT), "--live")
    assert done.code == 0, done.err
    (row,) = done.result["positions"]
    index = D(server.world.contract("bybit", "BTCUSDT").index)
    assert _close(row["borrow_per_day"], -24 * D("0.000001") * D("0.5") * index)
    assert (row["borrow_rate"], row["borrow_basis"]) == (D("0.00876"), "reported")
    assert "0.5 BTC would be borrowed, and 0.3 may be" in done.err
    (total,) = done.result["totals"]
    assert (total["borrow_per_day"], total["net_per_day"]) == (row["borrow_per_day"], row["borrow_per_day"])
    typed = _run(run, _one(f"{SHORT}, borrow_rate: 0.02%/d"), "--live")
    (row,) = typed.result["positions"]
    assert (row["borrow_basis"], row["borrow_source"]) == ("given", "given in the file")
    assert _close(row["borrow_per_day"], -D("0.0002") * D("0.5") * index)
    assert len(server.seen("spot-margin-trade")) == 1


def test_a_borrow_rate_that_nobody_gives_is_null_with_a_warning(run: Run, server: ExchangeServer):
    """Hyperliquid lends no spot coins, and its profile has no rate."""
    text = _one("exchange: hyperliquid, symbol: BTC, market: spot, side: short, size: 1, entry: 64000")
    done = _run(run, text, "--live")
    assert done.code == 0, done.err
    (row,) = done.result["positions"]
    assert (row["borrow_rate"], row["borrow_per_day"]) == (None, None)
    assert done.result["totals"][0]["net_per_day"] is None
    assert "what borrowing costs is not known" in done.err
    assert "`borrow_rate`" in done.err
    assert "--borrow-rate" not in done.err
    assert "borrow rate" in assert_failed(_run(run, text, "--live", "--strict"), 6)


COLLATERAL = """
accounts: {uta: 500}
positions:
  - {exchange: bybit, symbol: BTC, side: short, size: 0.5, entry: 64000, leverage: 5, account: uta,
     maintenance_rate: 1%}
  - {exchange: bybit, market: spot, symbol: BTC, side: long, size: 0.5, entry: 63990, account: uta, haircut: 10%}
"""


def test_collateral_is_worth_what_spot_is_now(run: Run, server: ExchangeServer):
    """The perpetual at its mark, spot at the index: both move by one share from there."""
    c = server.world.contract("bybit", "BTCUSDT")
    mark, index = D(c.mark), D(c.index)
    result = _run(run, COLLATERAL, "--live")
    assert result.code == 0, result.err
    (account,), (perp, spot) = result.result["accounts"], result.result["positions"]
    assert spot["price_basis"] == "index"
    assert account["collateral"] == spot["collateral"] == D("0.45") * index
    assert account["equity"] == 500 + (64_000 - mark) / 2 + D("0.45") * index
    at = 32_500 / (D("0.505") - D("0.45") * index / mark)
    assert _close(perp["liquidation_price"], at)


def test_collateral_without_a_price_leaves_its_account_unknown(run: Run, server: ExchangeServer):
    text = COLLATERAL.replace("market: spot, symbol: BTC", "market: spot, symbol: LAYERR/USDT")
    result = _run(run, text, "--live")
    assert "LAYERR" in assert_partial(result)
    (account,), (perp, _) = result.result["accounts"], result.result["positions"]
    assert (account["collateral"], account["equity"], account["margin_ratio"]) == (None, None, None)
    assert "the price of bybit LAYERR/USDT long on the same account is not known" in perp["liquidation_unknown"]
    assert perp["liquidation_price"] is None and perp["rate"] is not None
    assert result.result["stress"][0]["left_out"] == [1, 2]


OWED = """
accounts: {uta: 40k}
positions:
  - {exchange: bybit, symbol: BTC, side: long, size: 0.5, entry: 64000, leverage: 5, account: uta, maintenance_rate: 1%}
  - {exchange: bybit, market: spot, symbol: BTC, side: short, size: 0.5, entry: 64000, account: uta,
     maintenance_rate: 3%, borrow_rate: 5%}
"""


def test_coins_that_an_account_owes_are_a_debt_at_the_price_of_spot_now(run: Run, server: ExchangeServer):
    """40,000 - q I + q (P - 64,000): both by one share x from there, less 1 % of q P and 3 % of q I."""
    c = server.world.contract("bybit", "BTCUSDT")
    mark, index = D(c.mark), D(c.index)
    result = _run(run, OWED, "--live")
    assert result.code == 0, result.err
    (account,), (perp, spot) = result.result["accounts"], result.result["positions"]
    assert account["collateral"] == spot["collateral"] == -index / 2
    assert account["equity"] == 40_000 - index / 2 + (mark - 64_000) / 2
    assert account["maintenance_margin"] == mark / 200 + D("0.015") * index
    share = 8_000 / (D("0.515") * index - D("0.495") * mark)
    assert _close(perp["liquidation_price"], mark * share)
    assert _close(spot["liquidation_price"], index * share)
    unpriced = OWED.replace("spot, symbol: BTC", "spot, symbol: LAYERR/USDT")
    result = _run(run, unpriced, "--live")
    assert "LAYERR" in assert_partial(result)
    assert result.result["accounts"][0]["equity"] is None
    assert "the price of bybit LAYERR/USDT short" in result.result["positions"][0]["liquidation_unknown"]
