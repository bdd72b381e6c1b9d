"""The JSON contract of DESIGN §4: schema, fields, plain decimal numbers, null, times."""

import csv
import io
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fundcli.profiles import builtin_folder
from tests.commands.expect import numbers_are_plain

ANSWERS = [
    "cost",
    "cost --leverage 5 --side short",
    "cost --open 2026-01-05T08:00:05Z --close 2026-01-07",
    "cost --compare 0.01%,-0.1% --leverages 1,3,7",
    "cost -s BTCUSD --price 50000",
    "cost -e krakenfutures --rate 0.001% --open 2026-01-05T10:15Z --close 2026-01-05T12:45Z",
    "carry --rate 0.01%",
    "carry --rate 0%",
    "carry --rate=-0.05% --borrow-rate 8% --hold 14d",
    "carry -s BTCUSD --price 50000 --open 2026-01-05 --hold 30d",
    "stress",
    "stress --leverage 5 --price 60000 --buffer 1k --day all --shocks=-20%",
    "stress -d reverse --adl=-10%",
    "stress --side short --maintenance-rate 0 --funding-paid 5",
    "stress -s BTCUSD -e bitmex --price 60000 --collateral spot --haircut 5%",
    "explain",
    "explain -e okx --interval 4h --premium 0.1% --at 2026-01-01",
    "explain -e deribit --premium 2%",
    "explain -e dydx --premium=-0.2%",
    "explain -e mexc --premium 0.2%",
    "explain -e lighter --bid 100 --ask 101 --index 99",
    "explain -e bybit --sweep -0.2%..0.2%",
    "predict --premium 0.08%",
    "predict -e bitfinex --premium 0.08% --assume decays --mean 0 --range -0.1%..0.3%",
    "hedge --sigma-exposure 4% --sigma-instrument 3% --correlation 0.86",
    "hedge --sigma-exposure 4% --sigma-instrument 3% --correlation=-0.5 --price 60000 --lot 0.001",
    "apy",
    "apy --rate=-100%",
    "apy --rate 0.1% --interval 1d --friction 6%",
    "profiles",
    "profiles list",
    "profiles show binance",
    "profiles init okx",
    "schema",
]

COST = (
    "exchange symbol side notional leverage margin rate interval_hours interval_basis rate_kind settlements "
    "settlements_min settlements_max currency funding funding_min funding_max fees total apr_on_notional apr_on_margin "
    "apy_on_margin break_even_move per_settlement per_day per_year"
)
CARRY = (
    "exchange symbol direction notional capital rate interval_hours settlements gross_funding fees slippage borrow "
    "basis_pnl net net_on_notional net_on_capital gross_apr_on_notional net_apr_on_notional net_apr_on_capital "
    "net_apy_on_capital break_even_settlements break_even_hours break_even_rate legs"
)
RATES = (
    "exchange symbol base quote settle kind rate interval_hours interval_basis rate_8h apr apy time observed_at "
    "mark_price index_price level"
)
EXPLAIN = (
    "premium interest clamp_low clamp_high clamped unscaled_rate divisor cap floor rate decided_by steps exchange "
    "symbol interval_hours interval_basis sentence published_rate difference"
)
HEDGE = (
    "exposure instrument ratio ratio_low ratio_high confidence correlation effectiveness volatilities returns window "
    "drift quantity lots residual"
)
BOOK = (
    "name horizon_hours coins totals positions settlements accounts exchanges stress nearest_distance nearest_position"
)
RECONCILED = "exchange format payments contracts totals"
APY = "rate interval_hours periods apr apy friction net_apy principal final_value"


@pytest.mark.parametrize("line", ANSWERS)
def test_an_answer_is_valid_under_the_schema_that_it_names(run, line):
    document = json.loads(run(*line.split(), "-o", "json").out)
    name = re.fullmatch(r"fundcli/([\w-]+)@1", document["schema"])[1]
    schema = json.loads(run("schema", name).out)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(document)


@pytest.mark.parametrize(
    "name",
    [
        "cost",
        "carry",
        "stress",
        "book",
        "rates",
        "apy",
        "profiles",
        "explain",
        "explain-sweep",
        "explain-history",
        "explain-series",
        "predict",
        "hedge",
        "reconcile",
    ],
)
def test_a_schema_refuses_an_answer_that_breaks_it(run, name):
    schema = json.loads(run("schema", name).out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"fundcli/{name}@1"
    body = "rows" if name in ("rates", "profiles", "explain-sweep") else "result"
    wrong = {"schema": f"fundcli/{name}@1", "as_of": "2026-11-21T22:00:00Z", "inputs": {}, "sign": "", "warnings": []}
    validator = Draft202012Validator(schema)
    assert not validator.is_valid(wrong | {body: "text"})
    assert not validator.is_valid(wrong)
    assert not validator.is_valid(wrong | {body: [{}] if body == "rows" else {}})


def test_a_decimal_is_a_number_in_the_schema_and_not_text(run):
    schema = run("schema", "cost").out
    assert '"decimal"' not in schema
    document = json.loads(run("cost", "-o", "json").out)
    document["result"]["rate"] = "0.0001"
    assert not Draft202012Validator(json.loads(schema)).is_valid(document)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("cost", COST),
        ("carry", CARRY),
        ("rates", RATES),
        ("apy", APY),
        ("explain", EXPLAIN),
        ("hedge", HEDGE),
        ("book", BOOK),
        ("reconcile", RECONCILED),
    ],
)
def test_every_field_that_scripts_may_rely_on_is_there_and_required(run, name, fields):
    schema = json.loads(run("schema", name).out)
    title = {
        "cost": "CostResult", "carry": "CarryResult", "rates": "RateRow", "apy": "ApyResult", "explain": "Explained",
        "hedge": "HedgeResult", "reconcile": "Reconciled", "book": "BookResult",
    }[name]  # fmt: skip
    record = schema["$defs"][title]
    assert set(fields.split()) <= set(record["properties"])
    assert set(fields.split()) <= set(record["required"])
    if name not in ("rates", "hedge", "reconcile", "book"):
        rate = "--premium" if name == "explain" else "--rate"
        result = json.loads(run(*(name, rate, "0.01%"), "-o", "json").out)["result"]
        assert set(fields.split()) <= set(result)


def test_flows_legs_and_the_schedule_have_their_fields(run):
    cost = run("cost", "--open", "2026-01-05", "--close", "2026-01-06", "-o", "json").result
    for name in ("per_settlement", "per_day", "per_year"):
        assert set(cost[name]) == {"amount", "of_notional", "of_margin"}
    assert set(cost["schedule"][0]) == {"time", "rate", "mark_price", "amount"}
    legs = run("carry", "--rate", "0.01%", "-o", "json").result["legs"]
    assert len(legs) == 4
    assert {"leg", "market", "side", "price", "fee_rate", "fee", "slippage"} <= set(legs[0])


@pytest.mark.parametrize("line", ANSWERS)
@pytest.mark.parametrize("output", ["json", "ndjson"])
def test_every_number_is_written_in_plain_decimal(run, line, output):
    numbers_are_plain(run(*line.split(), "-o", output).out)


@pytest.mark.parametrize(
    "line",
    [
        "cost --notional 0.001 --rate 0.0001% --leverage 1000", "cost --notional 1e15 --rate 100%", "cost --rate 0%",
        "carry --notional 1e-9 --rate 0.00001%", "carry --rate 0% --spot-fee 0 --perp-fee 0", "apy --rate 0.0000001%",
        "apy --rate 1% --interval 1d --principal 1e15", "cost --rate 1e-7",
    ],
)  # fmt: skip
def test_tiny_and_huge_numbers_have_no_exponent(run, line):
    for output in ("json", "ndjson"):
        result = run(*line.split(), "-o", output)
        assert result.code == 0, result.err
        numbers_are_plain(result.out)
    for output in ("tsv", "csv"):
        assert not re.search(r"\dE[+-]?\d", run(*line.split(), "-o", output).out)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.decimals("1e-12", "1e12", allow_nan=False),
    st.decimals("-2", "2", places=12),
    st.decimals("0.1", "200", places=3),
)
def test_numbers_stay_plain_whatever_is_asked(run, notional, rate, leverage):
    line = ("--notional", f"{notional:f}", f"--rate={rate:f}%", "--leverage", f"{leverage:f}")
    for command in ("cost", "carry"):
        result = run(command, *line, "-o", "json")
        assert result.code == 0, result.err
        numbers_are_plain(result.out)


def test_what_has_no_meaning_is_null_and_what_does_not_arise_is_zero(run):
    cost = run("cost", "-o", "json").result
    assert cost["apy_on_margin"] is None
    assert cost["size"] is None
    carry = run("carry", "--rate", "0%", "-o", "json").result
    assert carry["break_even_settlements"] is None
    assert (carry["borrow"], carry["slippage"], carry["basis_pnl"]) == (0, 0, 0)
    assert run("carry", "--rate", "0.01%", "--hold", "29d", "-o", "json").result["net_apy_on_capital"] is None
    assert run("carry", "--rate", "0.01%", "--hold", "30d", "-o", "json").result["net_apy_on_capital"] is not None


def test_legs_without_a_known_price_name_no_quantity_of_coin(run):
    """10,000 USDT of BTC are not 10,000 BTC: without a price the number of coins has no meaning."""
    result = run("carry", "--rate", "0.01%", "-o", "json").result
    assert result["quantity"] is None
    assert {leg["price"] for leg in result["legs"]} == {None}
    assert {leg["quantity"] for leg in result["legs"]} == {None}


def test_inputs_show_every_default_filled_in(run):
    inputs = run("cost", "-o", "json").json["inputs"]
    expected = {
        "exchange": "binance", "symbol": "BTC/USDT:USDT", "side": "long", "leverage": 1, "notional": 10_000,
        "hold_hours": 720, "fees": "taker", "tier": "VIP0", "rate": None, "open": None,
    }  # fmt: skip
    assert {name: inputs[name] for name in expected} == expected


def test_where_rate_and_interval_come_from_is_in_every_answer(run):
    plain = run("cost", "-o", "json").result
    assert (plain["rate_kind"], plain["interval_basis"]) == ("baseline", "profile")
    typed = run("cost", "--rate", "0.01%", "--interval", "8h", "-o", "json").result
    assert (typed["rate_kind"], typed["interval_basis"]) == ("given", "given")
    assert "2026-03-06" in plain["rate_source"]


@pytest.mark.parametrize("command", ["cost", "carry", "apy", "profiles"])
def test_a_spreadsheet_gets_one_header_and_a_row_for_each_record(run, command):
    rows = list(csv.reader(io.StringIO(run(command, "-o", "csv").out)))
    assert len({len(row) for row in rows}) == 1
    built_in = len(list(builtin_folder().glob("*.yaml")))
    assert len(rows) == 1 + (built_in if command == "profiles" else 1)
    if command == "cost":
        record = dict(zip(*rows, strict=True))
        assert (record["per_day.of_margin"], record["apy_on_margin"], record["funding"]) == ("0.0003", "", "90")
    if command == "carry":
        legs = json.loads(dict(zip(*rows, strict=True))["legs"])
        assert [leg["fee"] for leg in legs] == [10, 5, 10, 5]
