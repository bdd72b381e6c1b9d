"""fundcli explain, offline: the exchanges' examples through the command line, and what it refuses."""

import json
from decimal import Decimal as D

import pytest


def explain(run, *arguments):
    found = run("explain", *arguments, "-o", "json")
    assert found.code == 0, found.err
    return found.result


# -- seeds -------------------------------------------------------------------------------------------------------------


def test_a_premium_of_zero_gives_the_interest(run):
    found = explain(run, "--exchange", "binance", "--premium", "0")
    assert (found["rate"], found["decided_by"]) == (D("0.0001"), "interest")
    assert found["apr"] == D("0.1095")  # 10.95 % a year


def test_every_part_of_the_formula_is_in_the_answer(run):
    found = explain(run, "-e", "binance", "--premium", "0.1%", "--interval", "4h")
    expected = {
        "premium": D("0.001"), "interest": D("0.0001"), "clamp_low": D("-0.0005"), "clamp_high": D("0.0005"),
        "clamped": D("-0.0005"), "unscaled_rate": D("0.0005"), "divisor": 2, "cap": D("0.003"), "floor": D("-0.003"),
        "rate": D("0.00025"), "decided_by": "premium", "max_leverage": 125, "maintenance_margin_rate": D("0.004"),
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    assert [step["name"] for step in found["steps"]] == [
        "interest component", "clamp", "rate before scaling", "interval scaling", "cap", "rate",
    ]  # fmt: skip
    assert all(step["value"] is not None and step["source"] for step in found["steps"])


@pytest.mark.parametrize(
    ("exchange", "interval", "premium", "rate"),
    [
        ("binance", "8h", "-0.04%", "0.0001"),
        ("binance", "8h", "0.06%", "0.0001"),
        ("binance", "4h", "-0.04%", "0.00005"),
        ("binance", "4h", "0.06%", "0.00005"),
        ("bybit", "4h", "-0.045%", "0.00005"),
        ("bybit", "4h", "0.055%", "0.00005"),
        ("bybit", "4h", "0.1%", "0.0005"),  # the same premium gives Binance's 4 h contract half of it
        ("binance", "4h", "0.1%", "0.00025"),
        ("hyperliquid", "1h", "0", "0.0000125"),
        ("okx", "1h", "0.1%", "0.0000625"),  # OKX's announcement of 2026-05-29
        ("gate", "4h", "-0.2%", "-0.00075"),
        ("ftx", "1h", "0.24%", "0.0001"),
    ],
)
def test_the_seeds_of_the_field_come_out(run, exchange, interval, premium, rate):
    assert explain(run, "-e", exchange, "--interval", interval, "--premium", premium)["rate"] == D(rate)


@pytest.mark.parametrize(
    ("exchange", "before", "after"), [("binance", "2025-09-18T08:00Z", "2025-09-18T08:01Z"),
                                      ("okx", "2026-05-28", "2026-06-03")],
)  # fmt: skip
def test_a_dated_rule_explains_an_old_settlement_by_the_rule_of_its_day(run, exchange, before, after):
    """4 h: 0.03 % x 4/24 and no division before, the whole x 4/8 after: equal at P = 0, twofold at P = 0.1 %."""
    for at, rate in ((before, "0.0005"), (after, "0.00025")):
        arguments = ("-e", exchange, "--interval", "4h", "--at", at)
        assert explain(run, *arguments, "--premium", "0")["rate"] == D("0.00005")
        assert explain(run, *arguments, "--premium", "0.1%")["rate"] == D(rate)


def test_between_announcement_and_certainty_the_doubt_is_said(run):
    found = run("explain", "-e", "okx", "--at", "2026-06-01", "--premium", "0.1%", "--interval", "4h")
    assert found.code == 0
    assert "sources do not say when" in found.err


def test_gate_clamped_each_sample_before_its_upgrade_and_the_mean_since(run, tmp_path):
    samples = tmp_path / "minutes.txt"
    samples.write_text("0.1%\n-0.1%\n" * 240)
    arguments = ("-e", "gate", "--premium-samples", str(samples), "--averaging", "simple")
    old = explain(run, *arguments, "--at", "2026-05-01")
    new = explain(run, *arguments, "--at", "2026-06-01")
    assert (old["rate"], old["clamp_stage"], old["samples"]) == (0, "sample", 480)
    assert (new["rate"], new["clamp_stage"]) == (D("0.0001"), "mean")


def test_the_cap_of_the_main_contract_follows_from_its_first_tier(run):
    """75 % x (0.8 % - 0.4 %) on Gate, 0.75 x 0.4 % on Binance, min(1 % - 0.5 %, 0.5 %) on Bybit."""
    for exchange, cap in (("gate", "0.003"), ("binance", "0.003"), ("bybit", "0.005")):
        found = explain(run, "-e", exchange, "--premium", "5%")
        assert (found["cap"], found["rate"], found["decided_by"]) == (D(cap), D(cap), "cap")


def test_typed_margin_rates_give_another_contracts_cap(run):
    found = explain(run, "-e", "binance", "--symbol", "SUI", "--mmr", "1%", "--premium", "5%")
    assert (found["cap"], found["cap_source"]) == (D("0.0075"), "given margin rates")


def test_the_step_of_the_cap_says_how_it_was_found(run):
    """0.75 x 1 % out of a typed margin rate, also where a cap was seen; one seen; 4 % for all contracts."""
    for arguments, formula, inputs, value in (
        (("binance", "--symbol", "ETH", "--mmr", "1%"), "coefficient × MMR", {"coefficient", "MMR"}, "0.0075"),
        (("binance", "--symbol", "ETH"), "as last seen", set(), None),
        (("gate",), "coefficient × (IMR − MMR)", {"coefficient", "IMR", "MMR"}, "0.003"),
        (("hyperliquid",), "fixed", set(), "0.04"),
        (("okx", "--cap", "1%"), "as typed", set(), "0.01"),
    ):
        steps = {step["name"]: step for step in explain(run, "-e", *arguments, "--premium", "0")["steps"]}
        cap = steps["cap"]
        assert (cap["formula"], set(cap["inputs"])) == (formula, inputs), arguments
        assert value is None or cap["value"] == D(value)


def test_a_margin_rate_that_does_not_matter_leaves_the_cap(run):
    """Binance's cap follows from the maintenance margin rate alone: 0.75 x 0.4 %."""
    found = explain(run, "-e", "binance", "--premium", "5%", "--imr", "1%")
    assert (found["cap"], found["cap_source"]) == (D("0.003"), "profile")


def test_a_cap_that_nobody_knows_is_null_and_said(run):
    result = run("explain", "-e", "binance", "--symbol", "SUI", "--premium", "5%", "-o", "json")
    assert (result.result["cap"], result.result["floor"]) == (None, None)
    assert "not on record" in result.err


# -- sources of the premium --------------------------------------------------------------------------------------------


def test_impact_prices_against_the_index_give_the_premium(run):
    """Hyperliquid's docs: 10,100 against 10,000 is 1 %, which is 0.95 % per 8 h and an eighth of that an hour."""
    found = explain(run, "-e", "hyperliquid", "--bid", "10100", "--ask", "10101", "--index", "10000")
    assert (found["premium"], found["unscaled_rate"]) == (D("0.01"), D("0.0095"))
    assert found["rate"] == D("0.0011875")


def test_a_book_is_walked_to_the_impact_notional(run, tmp_path):
    """25,000 USDT (200 at 125x) on the bid: 10,000 at 100 and 15,000 at 99 buy 251.51… coins."""
    book = tmp_path / "book.json"
    book.write_text(json.dumps({"bids": [[100, 100], [99, 1000]], "asks": [["101", "1000"]]}))
    found = explain(run, "--book", str(book), "--index", "98")
    bid = D(25000) / (D(100) + D(15000) / 99)
    assert abs(found["premium"] - (bid - 98) / 98) < D("1e-20")
    steps = {step["name"]: step for step in found["steps"]}
    assert steps["impact bid"]["inputs"] == {"impact notional": 25000}
    assert abs(steps["impact bid"]["value"] - bid) < D("1e-20")


def test_a_thin_book_is_refused_with_how_far_it_reaches(run, tmp_path):
    book = tmp_path / "book.json"
    book.write_text(json.dumps({"bids": [[100, 1]], "asks": [[101, 1]]}))
    found = run("explain", "--book", str(book), "--index", "98")
    assert (found.code, found.out) == (3, "")
    assert "holds 100.00 of the impact notional 25000" in found.err


@pytest.mark.parametrize(
    "text",
    ["0.0001\n0.0002\n0.0003\n", "# a comment\n0.01%\n2bp\n0.0003\n", "premium\n0.0001\n0.0002\n0.0003\n",
     "time,premium\n2026-01-01T00:03Z,0.0003\n2026-01-01T00:01Z,0.0001\n2026-01-01T00:02Z,0.0002\n",
     '["0.0001", 0.0002, 3e-4]', '[{"ts": 1767225600000, "premium": "0.0001"}, '
     '{"ts": 1767225660000, "premium": "0.0002"}, {"ts": 1767225720000, "premium": "0.0003"}]'],
)  # fmt: skip
def test_samples_are_read_in_every_usual_form_and_weighed_1_2_3(run, tmp_path, text):
    """(1 x 0.01 + 2 x 0.02 + 3 x 0.03) / 6 = 0.02333… %."""
    samples = tmp_path / "samples"
    samples.write_text(text)
    found = explain(run, "--premium-samples", str(samples))
    assert abs(found["premium"] - D("0.00023333333333333")) < D("1e-15")


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "no premium samples"), ("premium\nabc\n", "'abc' is not a rate"), ('[{"x": 1}]', "no premium in sample 1"),
     ("[1, 2", "not valid JSON"), ("time,premium\nyesterday,0.1%\n", "'yesterday' is not a time"),
     ("time,premium\n2026-01-01,0.1%\n2026-01-01,0.2%\n", "two samples of one time")],
)  # fmt: skip
def test_a_bad_file_of_samples_is_one_line_with_its_name(run, tmp_path, text, said):
    samples = tmp_path / "samples"
    samples.write_text(text)
    found = run("explain", "--premium-samples", str(samples))
    assert (found.code, found.out) == (3, "")
    assert said in found.err and "samples" in found.err and found.err.count("\n") == 1


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-e", "weex", "--premium", "0.1%"), "Give --band"),
        (("-e", "weex", "--premium", "0.1%", "--band", "0.05%", "--interval", "4h"), "Give --divisor"),
        (("--premium", "0.1%", "--bid", "1"), "different sources"),
        (("--premium", "0", "--bid", "100", "--ask", "101", "--index", "100"), "different sources"),
        (("--premium", "0", "--history", "7d"), "--premium and --history are different sources"),
        (("--premium", "0", "--sweep", "-0.1%..0.1%"), "--sweep asks for every premium"),
        (("--interval", "4h", "--live"), "--interval belongs"),
        (("--bid", "100", "--ask", "101"), "--index is missing"),
        (("--bid", "102", "--ask", "101", "--index", "100"), "lies above --ask"),
        (("-e", "ftx", "--bid", "100", "--ask", "101", "--index", "100"), "--mark"),
        (("--points", "5"), "belongs to --sweep"),
        (("--sweep", "0.2%..-0.2%"), "does not lie below"),
        (("--sweep", "0.2%"), "not a range"),
        (("-e", "coinex", "--at", "2020-01-01"), "no rule of coinex is on record"),
        (("-e", "bitmex", "--live"), "cannot be asked"),
        (("--live", "--at", "2026-01-01"), "--at"),
        (("--map", "time=t"), "belongs to --series"),
        (("--divisor", "0"), "not above zero"),
        (("--imr", "0"), "--imr: '0' is out of bounds"),
        (("--mmr", "2"), "at most 1"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(run, arguments, said):
    found = run("explain", *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err and found.err.count("\n") == 1


def test_an_unknown_formula_is_refused_with_what_it_would_need(run, tmp_path):
    profile = tmp_path / "mine.yaml"
    profile.write_text("extends: binance\nformula: unknown\n")
    found = run("explain", "-e", str(profile), "--premium", "0.1%")
    assert (found.code, found.out) == (2, "")
    assert "unknown" in found.err
    for word in ("interest component", "clamp band", "divisor", "cap"):
        assert word in found.err


def test_weex_explains_with_what_no_source_gives_typed_in(run):
    found = explain(run, "-e", "weex", "--premium", "0.1%", "--band", "0.05%")
    assert found["rate"] == D("0.0005")


def test_without_a_premium_strict_refuses_and_plain_says_baseline(run):
    assert explain(run, "-e", "okx")["premium_basis"] == "baseline"
    refused = run("explain", "-e", "okx", "--strict")
    assert (refused.code, refused.out) == (6, "")


# -- views -------------------------------------------------------------------------------------------------------------


def test_the_sentence_says_which_part_decides(run):
    assert explain(run, "--premium", "0.03%")["sentence"].startswith("Inside the clamp: the interest component decides")
    assert explain(run, "--premium", "0.2%")["sentence"].startswith("Above the clamp: the premium decides")
    assert explain(run, "--premium", "-0.2%")["sentence"].startswith("Below the clamp: the premium decides")
    assert explain(run, "--premium", "2%")["sentence"].startswith("At the cap")


def test_it_teaches_that_zero_is_not_spot_and_the_clamp_is_not_the_cap(run):
    found = explain(run, "--premium", "0.03%")
    assert found["premium_at_zero"] == D("-0.0005")
    assert (found["premium_low"], found["premium_high"]) == (D("-0.0004"), D("0.0006"))
    assert (found["premium_at_cap"], found["premium_at_floor"]) == (D("0.0035"), D("-0.0035"))
    table = run("explain", "--premium", "0.03%", terminal=True).out
    assert "A rate of 0 does not mean" in table and "The clamp is not the cap" in table


def test_a_sweep_is_rows_for_a_script_and_a_chart_for_a_person(run):
    rows = run("explain", "--sweep", "-0.2%..0.2%", "--points", "5", "-o", "json").rows
    assert [row["rate"] for row in rows] == [D(x) for x in ("-0.0015", "-0.0005", "0.0001", "0.0005", "0.0015")]
    assert run("explain", "--sweep", "-0.2%..0.2%", "--points", "5", "-o", "csv").out.count("\n") == 6
    chart = run("explain", "--sweep", "-0.2%..0.2%", "--chart", terminal=True)
    lines = chart.out.splitlines()
    assert chart.code == 0 and any("⠤" in line or "⠉" in line for line in lines)
    assert max(len(line) for line in lines) <= 80
    assert run("explain", "--sweep", "-0.2%..0.2%", "--chart", "-o", "csv").code == 2


def test_fail_if_looks_into_the_kind_of_answer_that_was_asked_for(run):
    assert run("explain", "--premium", "0.2%", "--fail-if", "rate > 0.1%").code == 1
    assert run("explain", "--sweep", "-0.2%..0.2%", "--fail-if", "rate < -0.1%").code == 1
    assert run("explain", "--sweep", "-0.2%..0.2%", "--fail-if", "divisor > 1").code == 2


# -- vectors -----------------------------------------------------------------------------------------------------------

_OPTIONS = {"interest_rate": "--interest", "clamp_band": "--band", "dead_band": "--band", "divisor": "--divisor",
            "cap": "--cap", "average_premium": "--premium"}  # fmt: skip
_RATE_KINDS = ("funding_rate_clamp", "funding_rate_deadband", "premium_over_divisor",
               "funding_rate_interest_plus_clamped_premium")  # fmt: skip


def _vectors(shared, *kinds):
    vectors = json.loads((shared / "vectors.json").read_text(), parse_float=D, parse_int=D)
    return [vector for vector in vectors if vector["kind"] in kinds]


@pytest.mark.recorded
def test_every_rate_of_the_vectors_comes_out_of_the_command(run, shared):
    """All their parameters by option, so that the rule's date does not matter."""
    checked = 0
    known = {row["id"] for row in run("profiles", "-o", "json").rows}
    for vector in _vectors(shared, *_RATE_KINDS):
        if vector["exchange"] not in known:
            continue
        arguments = []
        for name, value in vector["inputs"].items():
            if name == "interval_hours":
                arguments += ["--interval", f"{value}h"]
            else:
                arguments += [_OPTIONS[name], f"{value:f}"]
        found = explain(run, "-e", vector["exchange"], *arguments)
        assert abs(found["rate"] - vector["expected"]) <= vector["tolerance"], vector["id"]
        checked += 1
    assert checked >= 28


@pytest.mark.recorded
def test_every_rate_of_the_vectors_comes_out_of_the_rule_of_today(run, shared):
    """The profile's own parameters; left out are those whose rule has ended or whose contract is another."""
    ended = {"okx-1h-old", "deribit-rate-old", "dydx-isolated-1h", "hyperliquid-8h"}
    checked = 0
    known = {row["id"] for row in run("profiles", "-o", "json").rows}
    for vector in _vectors(shared, *_RATE_KINDS):
        if vector["exchange"] not in known or vector["id"] in ended:
            continue
        inputs = vector["inputs"]
        arguments = ["--premium", f"{inputs['average_premium']:f}"]
        if "interval_hours" in inputs:
            arguments += ["--interval", f"{inputs['interval_hours']}h"]
        elif vector["exchange"] == "woo":
            arguments += ["--interval", "4h"]
        if vector["exchange"] == "weex":
            arguments += ["--band", "0.05%"]
        before = ["--at", "2025-09-01"] if "before-change" in vector["id"] else []
        found = explain(run, "-e", vector["exchange"], *arguments, *before)
        assert abs(found["rate"] - vector["expected"]) <= vector["tolerance"], vector["id"]
        checked += 1
    assert checked >= 24


@pytest.mark.recorded
def test_premiums_of_the_vectors_come_out_of_their_prices(run, shared, tmp_path):
    for vector in _vectors(shared, "premium_index", "premium_mid", "premium_linear_weighted"):
        inputs = vector["inputs"]
        exchange = vector["exchange"] if vector["exchange"] in ("binance", "hyperliquid") else "binance"
        if "premiums" in inputs:
            samples = tmp_path / "samples.txt"
            samples.write_text("\n".join(f"{p:f}" for p in inputs["premiums"]))
            arguments = ["--premium-samples", str(samples)]
        else:
            bid = inputs.get("impact_bid", inputs.get("mid_price"))
            ask = inputs.get("impact_ask", inputs.get("mid_price"))
            arguments = ["--bid", f"{bid}", "--ask", f"{ask}", "--index", f"{inputs['index_price']}"]
        found = explain(run, "-e", exchange, *arguments)
        assert abs(found["premium"] - vector["expected"]) <= vector["tolerance"], vector["id"]


# -- histories ---------------------------------------------------------------------------------------------------------


@pytest.mark.recorded
def test_hyperliquids_rates_are_rebuilt_from_its_premiums_to_the_last_digit(run, shared):
    """12,192 hours: (P + clamp(0.01 % - P, ±0.05 %)) / 8 in every row."""
    file = shared / "history" / "hyperliquid_BTC_funding_premium_2024_2025.csv"
    found = run("explain", "-e", "hyperliquid", "--series", str(file), "-o", "json").result
    assert (found["settlements"], found["rebuilt"], found["exact"]) == (12_192, 12_192, 1)
    assert found["estimated"] is False
    assert abs(found["worst"]["difference"]) <= D("5e-11")


@pytest.mark.recorded
def test_gates_recorded_books_give_its_recorded_rates(run, shared):
    """2023-05-24: ten books of one second, each walked to its contract's own impact value against its index.

    The premium is checked against a plain walk in floats. The rate of that second need not be the average's, but all
    ten contracts stood at 0.01 %, which every premium inside the clamp gives.
    """
    folder = shared / "recorded" / "http" / "cryptofeed" / "gate"
    contracts = json.loads((folder / "api_gateio_ws_api_v4_futures_usdt_contracts.json").read_text())["httpResponse"]
    rebuilt = thin = 0
    for contract in contracts:
        file = folder / (
            f"api_gateio_ws_api_v4_futures_usdt_order_book_contract_{contract['name']}_limit_100_with_id_true.json"
        )
        if not file.is_file():
            continue
        impact, unit, index = (contract[k] for k in ("funding_impact_value", "quanto_multiplier", "index_price"))
        result = run(
            "explain", "-e", "gate", "--symbol", contract["name"], "--at", "2023-05-24T12:09Z", "--book", str(file),
            "--index", index, "--contract-size", unit, "--impact-notional", impact, "-o", "json",
        )  # fmt: skip
        if result.code == 3:
            assert "of the impact notional" in result.err
            thin += 1
            continue
        book = json.loads(file.read_text())["httpResponse"]
        prices = []
        for side in (book["bids"], book["asks"]):
            left, coins = float(impact), 0.0
            for level in side:
                price, worth = float(level["p"]), float(level["p"]) * level["s"] * float(unit)
                coins += min(left, worth) / price
                left -= min(left, worth)
            prices.append(float(impact) / coins)
        walked = (max(0.0, prices[0] - float(index)) - max(0.0, float(index) - prices[1])) / float(index)
        assert abs(float(result.result["premium"]) - walked) < 1e-12, contract["name"]
        assert result.result["rate"] == D(contract["funding_rate"]) == D("0.0001"), contract["name"]
        rebuilt += 1
    assert rebuilt + thin == 10 and rebuilt >= 5


@pytest.mark.recorded
def test_hyperliquids_old_rule_rebuilds_its_recording_of_2023(run, shared, tmp_path):
    """34 settlements of May 2023, 8-hourly, band 0.03 %, nothing divided."""
    text = (shared / "recorded" / "http" / "hyperliquid" / "test_get_funding_history_1684811870000.json").read_text()
    answers = [i["httpResponse"] for i in json.loads(text)["interactions"] if isinstance(i["httpResponse"], list)]
    (rows,) = [rows for rows in answers if rows and "premium" in rows[0]]
    file = tmp_path / "old.csv"
    lines = [f"{row['time']},{row['fundingRate']},{row['premium']}" for row in rows]
    file.write_text("time,fundingRate,premium\n" + "\n".join(lines))
    found = run("explain", "-e", "hyperliquid", "--series", str(file), "-o", "json").result
    assert (found["rebuilt"], found["exact"], found["rules"]) == (34, 1, 1)


def test_settlements_before_the_oldest_rule_are_left_out_and_counted(run, tmp_path):
    """Backpack's rule is on record from 2025-08-20 08:00 UTC on; of three rows the first lies before it."""
    rows = "time,rate,premium\n2025-08-19T16:00Z,0.0001,0\n2025-08-20T16:00Z,0.0001,0\n2025-08-21T00:00Z,0.0001,0\n"
    file = tmp_path / "rates.csv"
    file.write_text(rows)
    found = run("explain", "-e", "backpack", "--series", str(file), "--interval", "8h", "-o", "json")
    assert found.code == 0, found.err
    assert (found.result["settlements"], found.result["rebuilt"], found.result["left_out"]) == (3, 2, 1)
    assert "1 of 3 settlements lie before the oldest rule of backpack on record" in found.err
    file.write_text("\n".join(rows.splitlines()[:2]))
    refused = run("explain", "-e", "backpack", "--series", str(file), "--interval", "8h")
    assert (refused.code, refused.out) == (2, "")
    assert "no rule of backpack is on record for 2025-08-19" in refused.err


@pytest.mark.recorded
def test_spot_and_perp_of_one_instant_are_an_estimate_and_say_so(run, shared):
    """Binance 2023-25: the basis at an instant stands in for 8 hours of impact premiums."""
    file = shared / "history" / "binance_BTCUSDT_spot_perp_quarterly_funding_8h_2023_2025.csv"
    names = "time=Timestamp,mark=perp_open,index=spot_open"
    found = run("explain", "-e", "binance", "--series", str(file), "--map", names, "-o", "json")
    assert found.result["rebuilt"] == 1960
    assert found.result["estimated"] is True
    assert found.result["within_0_002pp"] < 1
    strict = run("explain", "-e", "binance", "--series", str(file), "--map", names, "--strict")
    assert (strict.code, strict.out) == (6, "")


@pytest.mark.recorded
def test_the_recording_of_2024_shows_the_old_rule_at_work(run, shared):
    """91 of 166 four-hour contracts of Binance stood at exactly 0.005 %: a premium of zero by the rule of that day."""
    file = shared / "recorded" / "http" / "binance_premiumIndex" / "premiumIndex_all_2024-11-27.json"
    rows = json.loads(file.read_text())["httpResponse"]
    four_hourly = [row for row in rows if D(row["interestRate"]) == D("0.00005")]
    baseline = explain(run, "-e", "binance", "--interval", "4h", "--at", "2024-11-27T13:54:15Z", "--premium", "0")
    at_baseline = [row for row in four_hourly if D(row["lastFundingRate"]) == baseline["rate"]]
    assert (len(at_baseline), len(four_hourly)) == (91, 166)
    # what Binance sends as the interest of 4 h is the I of the rule of its day
    assert {D(row["interestRate"]) for row in four_hourly} == {baseline["interest"]}


# -- exceptions and options that cannot matter ------------------------------------------------------------------------


def test_a_contract_without_interest_has_none(run):
    """Binance: 0 % for ETHBTC; Bybit: 0 % for USDCUSDT."""
    for exchange, symbol in (("binance", "ETH/BTC:BTC"), ("bybit", "USDC/USDT:USDT")):
        found = explain(run, "-e", exchange, "--symbol", symbol, "--premium", "0")
        assert (found["interest"], found["rate"]) == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-e", "krakenfutures", "--band", "0.1%"), "--band does not matter"),
        (("-e", "deribit", "--interest", "0.01%"), "--interest does not matter"),
        (("-e", "okx", "--mmr", "1%"), "--mmr does not matter"),
        (("-e", "binance", "--imr", "1%"), "--imr does not matter"),
    ],
)
def test_an_option_that_cannot_matter_is_not_ignored_in_silence(run, arguments, said):
    found = run("explain", *arguments, "--premium", "0.1%")
    assert found.code == 0
    assert said in found.err


def test_typed_numbers_go_before_the_rules(run):
    numbers = ("--interest", "0.02%", "--band", "0.1%", "--divisor", "2", "--cap", "0.1%", "--floor", "-0.05%")
    found = explain(run, "--premium", "0.5%", *numbers)
    assert (found["uncapped_rate"], found["rate"], found["floor"]) == (D("0.002"), D("0.001"), D("-0.0005"))
    assert (found["interest_source"], found["cap_source"]) == ("given", "given")
