"""What is measured where a part of the answer is spoilt: the next source is asked, and the rate stands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fundcli.errors import ExchangeError
from fundcli.exchanges import Measured
from tests.exchange_server import ExchangeServer, Fault
from tests.exchanges.measuring import (
    BOOK_AT,
    MAIN,
    SAMPLED,
    SAMPLES_AT,
    Measure,
    change,
    contract,
    hide_premiums,
    reader,
    without_premium,
)
from tests.exchanges.support import EXCHANGES, spread

#: the fields of caps, interest and premium on the wire
PARTS = (
    "adjustedFundingRateCap", "adjustedFundingRateFloor", "interestRate", "minFundingRate", "maxFundingRate",
    "premium", "upperFundingRate", "lowerFundingRate", "funding_rate_limit", "interest_rate", "min_funding_rate",
    "max_funding_rate", "maxRelativeFundingRate", "fundingRateCoefficient", "fundingRateCap", "fundingRateFloor",
    "dailyInterestRate", "fundingCap", "fundingFloor", "fundingFeeCap", "fundingFeeFloor", "fundingRateUpperBound",
    "fundingRateLowerBound", "funding_clamp_big", "base_interest_rate", "defaultFundingRate1H",
)  # fmt: skip
PARTS_AT = (
    r"fundingInfo|premiumIndex|funding-rate(\?|$|/)|instruments|contracts|v5/market/funding_rate\?|fund-rate|AssetCtxs"
    r"|contract/funding_rate|real-funding-rates|status/deriv|v1/markets(\?|$)|orderBookDetails|perpetualMarkets"
)


@pytest.fixture
def measure(server: ExchangeServer, tmp_path: Path) -> Measure:
    """Read a contract of the server's world."""
    return reader(server, tmp_path / "cache")


@pytest.mark.parametrize(
    ("exchange", "bad"), spread(EXCHANGES, ["much", "NaN", "sNaN", "1e999999999", None, {"a": 1}], 2), ids=repr
)
def test_a_part_that_is_no_number_is_null_and_the_rate_stands(
    measure: Measure, server: ExchangeServer, exchange: str, bad: object
):
    """The parts explain a rate; a bad one must not take the rate away."""

    def spoilt(node: Any) -> Any:
        if isinstance(node, list) and len(node) > 23 and str(node[0]).endswith("F0"):  # a status row of Bitfinex
            return [bad if i in (3, 23) else item for i, item in enumerate(node)]
        if isinstance(node, list):
            return [spoilt(item) for item in node]
        if isinstance(node, dict):
            return {key: bad if key in PARTS else spoilt(value) for key, value in node.items()}
        return node

    c = change(server, exchange, MAIN[exchange])
    server.faults.append(Fault(PARTS_AT, "rewrite", edit=spoilt))
    reading = measure(exchange, MAIN[exchange], premium=False).reading
    assert server.faults[0].used > 0 or exchange == "deribit"  # which sends no part
    assert (reading.cap, reading.floor, reading.premium, reading.interest, reading.divisor) == (None,) * 5
    assert reading.rate is not None
    if exchange != "krakenfutures":  # its rate is derived from an absolute one
        assert reading.rate == Decimal(c.rate)


@pytest.mark.parametrize("kind", ["status", "html", "half"])
@pytest.mark.parametrize(("exchange", "contract_id"), SAMPLED)
def test_premium_samples_that_fail_are_a_warning_and_the_book_stands_in(
    measure: Measure, server: ExchangeServer, exchange: str, contract_id: str, kind: Any
):
    """The warning names what was asked for; the published rate stands."""
    server.faults.append(Fault(SAMPLES_AT[exchange], kind, status=500))
    server.faults.append(Fault("public/funding-rate", "rewrite", edit=without_premium))
    found = measure(exchange, contract_id)
    assert server.faults[0].used > 0
    assert found.premiums == []
    assert found.book is not None
    assert len(found.warnings) == 1
    assert "(asked for the premium index)" in found.warnings[0]
    assert found.reading.rate == Decimal(contract(server, exchange, contract_id).rate)


def test_okx_samples_that_fail_leave_its_premium_of_the_moment(measure: Measure, server: ExchangeServer):
    """It needs no book."""
    server.faults.append(Fault("/premium-history", "status", status=500))
    found = measure("okx", "BTC-USDT-SWAP")
    assert found.reading.premium is not None
    assert found.book is None
    assert len(found.warnings) == 1


@pytest.mark.parametrize("kind", ["status", "html", "drop"])
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_book_that_fails_is_a_warning(measure: Measure, server: ExchangeServer, exchange: str, kind: Any):
    """The rate with its caps is an answer all the same."""
    found = spoilt_book(measure, server, exchange, Fault(BOOK_AT[exchange], kind, status=500))
    assert found.book is None
    assert "(asked for the order book)" in found.warnings[-1]
    assert found.reading.rate is not None


def _each_level(edit: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Edit every level of a book, wherever the exchange keeps its sides."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {k: [edit(x) for x in v] if k in SIDES and isinstance(v, list) else walk(v) for k, v in node.items()}
        if isinstance(node, list) and node and isinstance(node[0], list):
            if isinstance(node[0][0], dict):  # Hyperliquid: two lists of levels
                return [[edit(x) for x in side] for side in node]
            return [edit(level) for level in node]  # Bitfinex: both sides in one
        return [walk(item) for item in node] if isinstance(node, list) else node

    return walk


SIDES = ("bids", "asks", "b", "a")
SIZES = ("sz", "quantity", "size", "remaining_base_amount", "s")


def _with_price(price: Any) -> Callable[[Any], Any]:
    def edit(level: Any) -> Any:
        if isinstance(level, dict):
            return {**level, next(name for name in ("px", "price", "p") if name in level): price}
        return [price, *level[1:]]

    return edit


def _with_size(size: Any) -> Callable[[Any], Any]:
    def edit(level: Any) -> Any:
        if isinstance(level, dict):
            return {**level, next(name for name in SIZES if name in level): size}
        return [level[0], *[size] * (len(level) - 1)]  # a third item is the amount, or no matter

    return edit


GARBAGE: dict[str, Callable[[Any], Any]] = {
    "price is text": _each_level(_with_price("high")),
    "price is NaN": _each_level(_with_price("NaN")),
    "price is zero": _each_level(_with_price("0")),
    "size is text": _each_level(_with_size("some")),
    "size is infinite": _each_level(_with_size("Infinity")),
    "size is negative": _each_level(_with_size("-1")),
    "size is null": _each_level(_with_size(None)),
    "a level is null": _each_level(lambda level: None),
    "a level is empty": _each_level(lambda level: []),
    "a level is text": _each_level(lambda level: "12"),
    "no document of the kind": lambda answer: [],
    "a bare number": lambda answer: 12,
    "null": lambda answer: None,
}


@pytest.mark.parametrize(("exchange", "garbage"), spread(EXCHANGES, GARBAGE, 3))
def test_a_book_of_garbage_is_a_warning_and_no_traceback(
    measure: Measure, server: ExchangeServer, exchange: str, garbage: str
):
    """An impact price must not be made of levels that are no numbers."""
    fault = Fault(BOOK_AT[exchange], "rewrite", edit=GARBAGE[garbage])
    found = spoilt_book(measure, server, exchange, fault)
    assert found.book is None
    assert "(asked for the order book)" in found.warnings[-1]


def spoilt_book(measure: Measure, server: ExchangeServer, exchange: str, fault: Fault) -> Measured:
    """What is measured where the book is the last resort, and spoilt."""
    hide_premiums(server, exchange)
    server.faults.append(fault)
    found = measure(exchange, MAIN[exchange])
    assert fault.used > 0
    return found


SAMPLE_GARBAGE: dict[str, Callable[[Any], Any]] = {
    "a bare number": lambda answer: 12,
    "text": lambda answer: "premium",
    "null": lambda answer: None,
    "rows are text": lambda answer: _rows(answer, lambda row: "row"),
    "rows are null": lambda answer: _rows(answer, lambda row: None),
    "times are text": lambda answer: _rows(answer, lambda row: _set(row, 0, ("t", "ts", "id"), "noon")),
    "times are huge": lambda answer: _rows(answer, lambda row: _set(row, 0, ("t", "ts", "id"), "9" * 5000)),
    "times are below zero": lambda answer: _rows(answer, lambda row: _set(row, 0, ("t", "ts", "id"), "-1e9999")),
    "premiums are text": lambda answer: _rows(answer, lambda row: _without_close(row, "high")),
    "premiums are NaN": lambda answer: _rows(answer, lambda row: _without_close(row, "NaN")),
}


def _rows(node: Any, edit: Callable[[Any], Any]) -> Any:
    """Edit every row of premium samples, wherever the exchange keeps them."""
    if isinstance(node, dict):
        return {k: _rows(v, edit) if k in ("data", "result", "list") else v for k, v in node.items()}
    return [edit(row) for row in node] if isinstance(node, list) else node


def _without_close(row: Any, value: str) -> Any:
    """KuCoin's close is the third of a row, others' the fifth."""
    names = ("c", "close", "premium")
    return _set(_set(row, 4, names, value), 2, names, value)


def _set(row: Any, place: int, names: tuple[str, ...], value: Any) -> Any:
    if isinstance(row, list):
        return [value if i == place else item for i, item in enumerate(row)]
    return {key: value if key in names else item for key, item in row.items()}


@pytest.mark.parametrize("garbage", SAMPLE_GARBAGE)
@pytest.mark.parametrize("exchange", SAMPLES_AT)
def test_premium_samples_of_garbage_are_none_and_no_traceback(
    measure: Measure, server: ExchangeServer, exchange: str, garbage: str
):
    """Whatever stands there, the book stands in, or an error says what was wrong."""
    server.faults.append(Fault(SAMPLES_AT[exchange], "rewrite", edit=SAMPLE_GARBAGE[garbage]))
    server.faults.append(Fault("public/funding-rate", "rewrite", edit=without_premium))
    found = measure(exchange, MAIN[exchange])
    assert server.faults[0].used > 0
    assert found.premiums == []
    assert found.book is not None


def test_a_contract_without_a_rate_is_an_error_with_its_name(measure: Measure, server: ExchangeServer):
    """There is nothing to explain."""

    def empty(answer: Any) -> Any:
        return [{**row, "lastFundingRate": "much"} for row in answer]

    server.faults.append(Fault(r"fapi/v1/premiumIndex$", "rewrite", edit=empty))
    with pytest.raises(ExchangeError, match="BTC/USDT:USDT"):
        measure("binance", "BTCUSDT")
