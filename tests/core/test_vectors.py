"""The worked examples of ../shared/vectors.json, read as Decimal, through the formulas that this code has."""

import json
from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from fundcli.core import caps, formula, premium, published
from fundcli.core.annualize import apr, baseline_rate
from fundcli.core.borrow import interest
from fundcli.core.position import inverse_pnl, open_position, payment
from fundcli.core.schedule import MS_PER_HOUR, Grid, accrued_parts, count_for_times, instants_around, premium_window
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
    coins = x["size"] * x.get("contract_size", 1)
    return payment(_position({**x, "size": coins}), x["funding_rate"])


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


def _rate(form):
    def rate(x):
        cap = x.get("cap")
        terms = formula.Terms(
            form=form, interval_hours=x.get("interval_hours", D(8)), interest=x.get("interest_rate", D(0)),
            band=x.get("clamp_band", x.get("dead_band")), divisor=x.get("divisor"), cap=cap,
            floor=None if cap is None else -cap,
        )  # fmt: skip
        return formula.funding_rate(x["average_premium"], terms).rate

    return rate


def _premium_window(x):
    start, end = premium_window(_ms(x["settlement"]), int(x["interval_hours"]) * MS_PER_HOUR, int(x["lag_periods"]))
    return {"start": _iso(start), "end": _iso(end)}


def _iso(ms):
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _fair_basis(x):
    left = D(_ms(x["next_funding_at"]) - _ms(x["now"])) / 1000
    return premium.fair_basis(x["index_price"], x["funding_rate"], left, x["interval_hours"] * 3600)


def _margin_cap(kind):
    def cap(x):
        margin = caps.MarginRates(initial=x.get("initial_margin_rate"), maintenance=x["maintenance_margin_rate"])
        return caps.cap_of(kind, x["coefficient"], margin)

    return cap


def _oracle_payment(x):
    """dYdX: an eighth of the 8-hour premium, on the oracle price."""
    terms = formula.Terms(form="premium_plus_interest", interval_hours=D(1), divided_hours=D(8))
    rate = formula.funding_rate(x["premium_ppm"] / 1_000_000, terms).rate
    return payment(_position({"size": x["size"], "price": x["oracle_price"]}), rate)


def _weighted(x):
    return premium.weighted_mean(x["premiums"], premium.weights("linear", len(x["premiums"])))


FORMULAS = {
    "funding_rate_clamp": _rate("premium_plus_clamped_interest"),
    "funding_rate_deadband": _rate("dead_band"),
    "premium_over_divisor": _rate("premium_plus_interest"),
    "premium_index": lambda x: premium.premium_index(x["impact_bid"], x["impact_ask"], x["index_price"]),
    "premium_mid": lambda x: premium.premium_mid(x["mid_price"], x["index_price"]),
    "premium_linear_weighted": _weighted,
    "premium_window": _premium_window,
    "impact_margin_notional": (lambda x: premium.impact_margin_notional(x["unit_notional"], x["initial_margin_rate"])),
    "funding_cap_mmr": _margin_cap("maintenance"),
    "funding_cap_imr_mmr": _margin_cap("initial_minus_maintenance"),
    "funding_cap_bybit": _margin_cap("lower_of_both"),
    "interest_component_index": (
        lambda x: formula.interest_of_indices(x["quote_daily"], x["base_daily"], x["settlements_per_day"])
    ),
    "fair_basis": _fair_basis,
    "inverse_pnl": (lambda x: inverse_pnl(x["contracts"], x["contract_value_usd"], x["entry_price"], x["exit_price"])),
    "inverse_pnl_multiplier": (
        lambda x: inverse_pnl(x["contracts"], x["multiplier"], x["entry_price"], x["exit_price"])
    ),
    "interval_hours": lambda x: published.hours_between(x["funding_time_ms"], x["next_funding_time_ms"]),
    "absolute_to_relative_linear": lambda x: published.relative_rate(x["absolute_rate"], x["price"], True),
    "absolute_to_relative_inverse": lambda x: published.relative_rate(x["absolute_rate"], x["price"], False),
    "dydx_hourly_funding": _oracle_payment,
    "funding_rate_interest_plus_clamped_premium": _rate("interest_plus_clamped_premium"),
    "linear_last_sample_weight": lambda x: premium.linear_last_sample_weight(int(x["samples"])),
    "scaled_integer": lambda x: published.unscaled(x["scaled_value"], int(x["scale_digits"])),
    "funding_payment_linear": _linear,
    "funding_payment_inverse": _inverse,
    "annualise_simple": lambda x: apr(x["funding_rate"], x["interval_hours"]),
    "interest_component": lambda x: baseline_rate(x["daily_interest"], x["interval_hours"]),
    "interest_baseline": lambda x: baseline_rate(x["interest_rate_8h"] * 3, x["interval_hours"]),
    "settlement_count": _count,
    "settlement_window": _window,
    "breakeven_settlements": _break_even,
    "borrow_interest": lambda x: interest(x["liability"], x["daily_rate"] * 365, x["hours"]),
    "continuous_funding": _continuous,
}


def _vectors(shared, *kinds):
    vectors = json.loads((shared / "vectors.json").read_text(), parse_float=D, parse_int=D)
    return [vector for vector in vectors if not kinds or vector["kind"] in kinds]


def test_every_vector_comes_out_within_its_tolerance(shared):
    checked = 0
    for vector in _vectors(shared, *FORMULAS):
        found, expected = FORMULAS[vector["kind"]](vector["inputs"]), vector["expected"]
        if isinstance(expected, dict):
            assert found == expected, vector["id"]
        else:
            assert abs(D(found) - expected) <= vector["tolerance"], vector["id"]
        checked += 1
    assert checked > 60


ELSEWHERE = {"payer", "trading_fee_inverse", "trading_fee_linear", "round_trip_fee", "fee_discount",
             "round_trip_fee_inverse"}  # fmt: skip


def test_no_kind_of_vector_is_left_untested(shared):
    """Those that are not plain formulas have tests of their own below."""
    assert {vector["kind"] for vector in _vectors(shared)} <= set(FORMULAS) | ELSEWHERE


# Of the table in the exchange facts, kinds and cases that the file does not hold.
@pytest.mark.parametrize(
    ("found", "expected"),
    [
        # MEXC's own example: I + clamp(P, ±0.05 %)
        (lambda: _rate("interest_plus_clamped_premium")(
            {"average_premium": D("0.001"), "interest_rate": D("0.0001"), "clamp_band": D("0.0005")}), D("0.0006")),
        # the newest of 5,760 samples weighs 2 / 5761
        (lambda: premium.linear_last_sample_weight(5760).quantize(D("1e-9")), D("0.000347162")),
        # Phemex: 10000 Er is 0.0001
        (lambda: published.unscaled(D(10000), 8), D("0.0001")),
        # BitMEX, older: (1 % - 0.25 %) / 3 = 0.25 %
        (lambda: formula.interest_of_indices(D("0.01"), D("0.0025"), D(3)), D("0.0025")),
        # Bybit at coefficient 1: min(1 % - 0.5 %, 0.5 %) = 0.5 %, the live cap of BTCUSDT
        (lambda: caps.cap_of_lower(D(1), D("0.01"), D("0.005")), D("0.005")),
        # Kraken's ticker of PF_TUSD, a rate near its cap of 2 %
        (lambda: published.relative_rate(D("-9.182E-5"), D("0.00462894917"), True).quantize(D("1e-9")),
         D("-0.019836035")),
    ],
)  # fmt: skip
def test_cases_beside_the_file(found, expected):
    assert found() == expected


def test_an_inverse_round_trip_pays_fees_in_coin_at_each_price(shared):
    """Q / P x fee of each fill, through `cost` at the entry price for the first one and by hand for the other."""
    for vector in _vectors(shared, "round_trip_fee_inverse"):
        total = sum(
            payment(_position({"price": leg["price"], "contract_value_usd": D(1)}, leg["contracts_usd"]), leg["rate"])
            for leg in vector["inputs"]["legs"]
        )
        assert abs(total - vector["expected"]) <= vector["tolerance"]


def test_the_payer_is_whoever_pays_a_positive_amount(shared):
    for vector in _vectors(shared, "payer"):
        for side in ("long", "short"):
            held = open_position(
                exchange="x", symbol="BTC/USDT:USDT", side=side, leverage=D(1), notional=D(100), size=None, price=None
            )
            pays = payment(held, vector["inputs"]["funding_rate"]) > 0
            assert vector["expected"]["payer" if pays else "receiver"] == side


@pytest.mark.parametrize("kind", ["trading_fee_inverse", "trading_fee_linear"])
def test_the_fee_of_a_fill_is_its_notional_times_the_rate(shared, run, kind):
    """Through `cost`, which opens and closes: twice the fee of one fill."""
    for vector in _vectors(shared, kind):
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
    same = [v for v in _vectors(shared, "round_trip_fee") if len({leg["price"] for leg in v["inputs"]["legs"]}) == 1]
    assert same
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

    profile = Catalog().load(exchange).profile
    chosen = [v for v in _vectors(shared, "fee_discount") if v["exchange"] == kind]
    assert chosen
    for vector in chosen:
        place = "perp" if "futures" in vector["id"] else market
        assert fee_rate(profile, place, "taker") == vector["inputs"]["fee_rate"]
        assert fee_rate(profile, place, "taker", discount=token) == vector["expected"]
