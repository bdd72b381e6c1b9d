"""JSON of the wrong shape from every endpoint of every exchange: an error that says so, never a defect of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import Result, Run
from tests.exchange_server import ExchangeServer, Fault, Request
from tests.exchanges.support import EXCHANGES, held, same_rate, symbol_of

WHOLE: list[Any] = [{}, [], "x", None, [None], [{}], {"data": None}]
MORE_WHOLE: list[Any] = [*WHOLE, "", 7, True, [[]], [7], ["x"], {"result": "x"}, {"data": "x"}, {"data": [None]}]
PARTS: list[Any] = [None, "x"]
# a cursor that leads nowhere is followed until the time is up
_SOON = ("--timeout", "2s", "-o", "json")
MORE_PARTS: list[Any] = [*PARTS, {}, [], 7, -1, True, "NaN", [None], "9" * 400]
each_exchange = pytest.mark.parametrize("exchange", EXCHANGES)


def _endpoint(request: Request) -> str:
    """A pattern for this endpoint alone, whatever its contract and its times."""
    if request.body:
        return re.escape(json.dumps(json.loads(request.body)["type"]))
    parts = urlsplit(request.url)
    kind = next((f"{k}={v}" for k, v in request.query.items() if k in ("productType", "category")), "")
    return re.escape(f"{parts.hostname}{parts.path}") + (f"(?:$|\\?.*{re.escape(kind)})" if kind else r"(?:$|\?)")


def _complaint(result: Result, allowed: tuple[int, ...]) -> str | None:
    if result.code not in allowed or "Traceback" in result.err:
        return f"exit {result.code}: {result.err.strip()[-200:]}"
    if result.code == 4 and (result.out or len(result.err.splitlines()) != 1):
        return f"not one line, or stdout not empty: {result.err}"
    return None


def _live(run: Run, exchange: str) -> Callable[[], Result]:
    return lambda: run("rates", "-e", exchange, "--refresh", *_SOON, now=None)


def _past(run: Run, exchange: str) -> Callable[[], Result]:
    return lambda: run("rates", "-e", exchange, "-s", "BTC", "--last", "2d", "--refresh", *_SOON, now=None)


def _endpoints(server: ExchangeServer, call: Callable[[], Result]) -> dict[str, Request]:
    server.requests.clear()
    result = call()
    assert result.code == 0 or "settles nothing" in result.err
    return {_endpoint(request): request for request in server.requests}


def _spoil_whole(server: ExchangeServer, call: Callable[[], Result], shapes: list[Any]) -> list[str]:
    """Replace each answer by each shape."""
    complaints = []
    for endpoint in _endpoints(server, call):
        for shape in shapes:
            server.faults[:] = [Fault(endpoint, "rewrite", edit=lambda _, shape=shape: shape)]
            if (complaint := _complaint(call(), (0, 4, 5))) is not None:
                complaints.append(f"{endpoint} answers {shape!r}: {complaint}")
    return complaints


@each_exchange
@pytest.mark.parametrize("what", [_live, _past], ids=["live", "history"])
def test_a_whole_answer_of_the_wrong_shape_is_an_error(run: Run, server: ExchangeServer, exchange: str, what):
    assert _spoil_whole(server, what(run, exchange), WHOLE) == []


@pytest.mark.slow
@each_exchange
@pytest.mark.parametrize("what", [_live, _past], ids=["live", "history"])
def test_a_whole_answer_of_any_wrong_shape_is_an_error(run: Run, server: ExchangeServer, exchange: str, what):
    assert _spoil_whole(server, what(run, exchange), MORE_WHOLE) == []


@each_exchange
def test_a_list_of_rates_of_the_wrong_shape_is_never_a_whole_answer(run: Run, server: ExchangeServer, exchange: str):
    """Without its rates an exchange has not answered: exit 4, or 5 where another family stands."""
    call = _live(run, exchange)
    pattern = r"premiumIndex|public/funding-rate|tickers|funding_rate|current-fund-rate|metaAndAssetCtxs|/contracts$"
    pattern += r"|market/funding-rate|real-funding-rates|ticker/24hr|public/fundingRate"
    pattern += r"|status/deriv|public/ticker|perpetualMarkets|markets/summary|markPrices|funding-rates"
    for shape in WHOLE:
        server.faults[:] = [Fault(pattern, "rewrite", edit=lambda _, shape=shape: shape)]
        result = call()
        assert result.code == 4, (shape, result.code, result.err)


@each_exchange
def test_a_history_of_the_wrong_shape_is_never_an_empty_answer(run: Run, server: ExchangeServer, exchange: str):
    """Nothing read is not the same as nothing settled."""
    pattern = r"fundingRate|funding-rate-history|funding/history|funding_rate|fund-rate|fundingHistory|historical"
    pattern += r"|contract/funding-rates"
    pattern += r"|/hist|/fundings"
    for shape in ({}, "x", None, 7, [7], {"data": None}, {"data": "x"}):
        server.faults[:] = [Fault(pattern, "rewrite", edit=lambda _, shape=shape: shape)]
        result = _past(run, exchange)()
        assert result.code == 4, (shape, result.code, result.out[-200:], result.err)


def _same(exchange: str, given: object, served: str) -> bool:
    """Kraken's rate is absolute / index; without an index its mark must do, which is off by less than 0.2 %."""
    if exchange != "krakenfutures":
        return same_rate(given, served)
    return abs(Decimal(str(given)) - Decimal(served)) <= abs(Decimal(served)) * Decimal("0.002")


def _places(node: Any, depth: int, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in an answer; of a list the first element only."""
    if depth == 0:
        return
    keys: list[Any] = list(node) if isinstance(node, dict) else [0] if isinstance(node, list) and node else []
    for key in keys:
        yield (*at, key)
        yield from _places(node[key], depth - 1, (*at, key))


def _put(place: tuple[Any, ...], value: Any) -> Callable[[object], object]:
    def edit(answer: object) -> object:
        changed: Any = deepcopy(answer)
        node = changed
        try:
            for key in place[:-1]:
                node = node[key]
            node[place[-1]] = deepcopy(value)
        except (KeyError, IndexError, TypeError):
            return answer  # another answer of the same endpoint
        return changed

    return edit


def _spoil_parts(
    run: Run, server: ExchangeServer, exchange: str, call: Callable[[], Result], depth: int, values: list[Any]
) -> list[str]:
    """Replace each part of each answer by each value; a printed rate must still be the world's."""
    world = {symbol_of(c): c.rate for c in held(server.world, exchange)}
    complaints = []
    for endpoint in _endpoints(server, call):
        seen: list[Any] = []

        def look(answer: object, seen: list[Any] = seen) -> object:
            seen.append(answer)
            return answer

        server.faults[:] = [Fault(endpoint, "rewrite", edit=look)]
        call()
        for place in _places(seen[0], depth):
            for value in values:
                server.faults[:] = [Fault(endpoint, "rewrite", edit=_put(place, value))]
                result = call()
                # 2: the contract asked for is no longer in the list that was served
                complaint = _complaint(result, (0, 2, 4, 5))
                if complaint is None and result.out and value in ([], {}, "x", None):
                    wrong = [
                        row["symbol"]
                        for row in result.rows
                        if row["kind"] != "settled"
                        and row["symbol"] in world
                        and not _same(exchange, row["rate"], world[row["symbol"]])
                    ]
                    complaint = f"another rate than the served one: {wrong}" if wrong else None
                if complaint is not None:
                    complaints.append(f"{endpoint} {place} = {value!r}: {complaint}")
    return complaints


@each_exchange
@pytest.mark.parametrize("what", [_live, _past], ids=["live", "history"])
def test_a_part_of_the_wrong_shape_is_no_defect(run: Run, server: ExchangeServer, exchange: str, what):
    assert _spoil_parts(run, server, exchange, what(run, exchange), 2, PARTS) == []


@pytest.mark.slow
@each_exchange
@pytest.mark.parametrize("what", [_live, _past], ids=["live", "history"])
def test_any_field_of_the_wrong_shape_is_no_defect(run: Run, server: ExchangeServer, exchange: str, what):
    assert _spoil_parts(run, server, exchange, what(run, exchange), 5, MORE_PARTS) == []
