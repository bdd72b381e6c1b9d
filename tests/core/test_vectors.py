"""The worked examples of ../shared/vectors.json, read as Decimal, through the formulas that this code has."""

import json
from datetime import datetime
from decimal import Decimal as D

import pytest

from fundcli.core.annualize import apr, baseline_rate
from fundcli.core.borrow import interest
from fundcli.core.position import open_position, payment
from fundcli.core.schedule import MS_PER_HOUR, Grid, accrued_parts, count_for_times, instants_around
from tests.core.plans import answer

pytestmark = pytest.mark.recorded


def _position(x, contracts=None):
    inverse = contracts is not None
    return open_position(
        exchange="x", symbol="BTC/USD:BTC" if inverse else "BTC/USDT:USDT", side="long", leverage=D(1), notional=D(0),
        size=contracts if inverse else x["size"], price=x["price"], contract_value=x.get("contract_value_usd"),
    )  # fmt: skip


def _ms(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _linear(x):
    return payment(_position(x), x["funding_rate"])


def _inverse(x):
    return payment(_position(x, x["contracts"]), x["funding_rate"])


def _count(x):
    opened, closed = _ms(x["opened_at"]), _ms(x["closed_at"])
    grid = Grid.of(D(8), [int(hour) for hour in x["settlement_hours_utc"]])
    return count_for_times(instants_around(grid, opened, closed, 0), opened, closed, 0)[0].expected


def _window(x):
    opened, window = _ms(x["opened_at"]), int(x["window_seconds"]) * 1000
    closed = opened + MS_PER_HOUR
    count = count_for_times([_ms(x["settlement"])], opened, closed, window)[0]
    return {"may_be_charged": count.most > 0}


def _break_even(x):
    """The fees of the whole trade on the first fill."""
    return answer(str(x["funding_rate"]), fees=[x["total_fee_rate"], D(0), D(0), D(0)]).break_even_settlements


def _continuous(x):
    parts = accrued_parts(Grid(8 * MS_PER_HOUR), MS_PER_HOUR, MS_PER_HOUR + int(x["seconds"]) * 1000)
    return sum(x["size"] * x["funding_rate_8h"] * share for _, share in parts)


def _fees(x):
    return sum(leg["size"] * leg["price"] * leg["rate"] for leg in x["legs"])


FORMULAS = {
    "funding_payment_linear": (_linear, 4),
    "funding_payment_inverse": (_inverse, 2),
    "annualise_simple": (lambda x: apr(x["funding_rate"], x["interval_hours"]), 3),
    "interest_component": (lambda x: baseline_rate(x["daily_interest"], x["interval_hours"]), 2),
    "interest_baseline": (lambda x: baseline_rate(x["interest_rate_8h"] * 3, x["interval_hours"]), 1),
    "settlement_count": (_count, 2),
    "settlement_window": (_window, 2),
    "breakeven_settlements": (_break_even, 1),
    "borrow_interest": (lambda x: interest(x["liability"], x["daily_rate"] * 365, x["hours"]), 1),
    "continuous_funding": (_continuous, 1),
}


@pytest.mark.parametrize("kind", list(FORMULAS))
def test_every_vector_of_a_kind_comes_out_exactly(shared, kind):
    formula, count = FORMULAS[kind]
    vectors = json.loads((shared / "vectors.json").read_text(), parse_float=D, parse_int=D)
    chosen = [vector for vector in vectors if vector["kind"] == kind]
    assert len(chosen) == count
    for vector in chosen:
        found, expected = formula(vector["inputs"]), vector["expected"]
        if isinstance(expected, dict):
            assert found == expected, vector["id"]
        else:
            assert abs(D(found) - expected) <= vector["tolerance"], vector["id"]


def test_the_payer_is_whoever_pays_a_positive_amount(shared):
    vectors = json.loads((shared / "vectors.json").read_text(), parse_float=D)
    (vector,) = [vector for vector in vectors if vector["kind"] == "payer"]
    for side in ("long", "short"):
        held = open_position(
            exchange="x", symbol="BTC/USDT:USDT", side=side, leverage=D(1), notional=D(100), size=None, price=None
        )
        pays = payment(held, vector["inputs"]["funding_rate"]) > 0
        assert vector["expected"]["payer" if pays else "receiver"] == side


@pytest.mark.parametrize(("kind", "count"), [("trading_fee_inverse", 2), ("trading_fee_linear", 1)])
def test_the_fee_of_a_fill_is_its_notional_times_the_rate(shared, run, kind, count):
    """Through `cost`, which opens and closes: twice the fee of one fill."""
    vectors = json.loads((shared / "vectors.json").read_text(), parse_float=D, parse_int=D)
    chosen = [vector for vector in vectors if vector["kind"] == kind]
    assert len(chosen) == count
    for vector in chosen:
        x = vector["inputs"]
        exchange = {"1": "bybit", "100": "binancecoinm"}.get(str(x.get("contract_value_usd")), "bybit")
        symbol, size = ("BTC/USD:BTC", x["contracts"]) if "contracts" in x else ("BTC/USDT:USDT", x["size"])
        result = run(
            "cost", "-e", exchange, "-s", symbol, "--size", str(size), "--price", str(x["price"]), "--perp-fee",
            str(x["fee_rate"]), "--hold", "8h", "-o", "json",
        ).result  # fmt: skip
        assert abs(result["fees"] - 2 * vector["expected"]) <= vector["tolerance"], vector["id"]


def test_round_trips_cost_the_sum_of_their_legs(shared, run):
    """Two fills at one price: opening and closing fees of `cost` (three of the vectors move the price)."""
    vectors = json.loads((shared / "vectors.json").read_text(), parse_float=D, parse_int=D)
    same = [
        v for v in vectors if v["kind"] == "round_trip_fee" and len({leg["price"] for leg in v["inputs"]["legs"]}) == 1
    ]
    assert len(same) == 2
    for vector in same:
        first, last = vector["inputs"]["legs"]
        result = run(
            "cost", "--size", str(first["size"]), "--price", str(first["price"]), "--perp-fee",
            f"{first['rate']},{last['rate']}", "-o", "json",
        ).result  # fmt: skip
        assert result["fees"] == vector["expected"] == _fees(vector["inputs"])


@pytest.mark.parametrize(
    ("kind", "exchange", "market", "token"), [("binance", "binance", "spot", "BNB"), ("bybit", "bybit", "perp", "MNT")]
)
def test_fee_discounts_are_those_of_the_exchanges_tables(shared, kind, exchange, market, token):
    from fundcli.profiles import Catalog
    from fundcli.profiles.fees import fee_rate

    vectors = json.loads((shared / "vectors.json").read_text(), parse_float=D, parse_int=D)
    (vector,) = [v for v in vectors if v["kind"] == "fee_discount" and v["exchange"] == kind]
    profile = Catalog().load(exchange).profile
    assert fee_rate(profile, market, "taker") == vector["inputs"]["fee_rate"]
    assert fee_rate(profile, market, "taker", discount=token) == vector["expected"]
