"""`--fail-if` on whole command lines: exit 1, the answer printed all the same (DESIGN §3)."""

import json
from decimal import Decimal as D

import pytest

from tests.commands.expect import refused


@pytest.mark.parametrize(
    ("command", "test", "code"),
    [
        ("cost --leverage 5", "apr_on_margin > 50%", 1),  # 54.75 %
        ("cost --leverage 5", "apr_on_margin > 54.75%", 0),
        ("cost --leverage 5", "apr_on_margin >= 54.75%", 1),
        ("cost --leverage 5", "apr_on_margin < 0.5475", 0),
        ("cost --leverage 5", "apr_on_margin <= 0.5475", 1),
        ("cost --leverage 5", "apr_on_margin == 0.5475", 1),
        ("cost --leverage 5", "apr_on_margin != 0.5475", 0),
        ("cost --leverage 5", "per_day.of_margin == 0.15%", 1),
        ("cost", "notional >= 10k", 1),
        ("cost", "apy_on_margin != 0", 0),  # null for a payer
        ("cost", "symbol == BTC/USDT:USDT", 1),
        ("cost --compare 0.01%,0.2%", "scenarios.rate > 0.1%", 1),
        ("cost", "scenarios.rate > 0.1%", 0),
        ("carry --rate 0.01%", "net_apr_on_capital < 8%", 1),  # 3.65 %
        ("carry --rate 0.01%", "legs.fee > 9", 1),  # 10 on the spot legs
        ("carry --rate 0.01%", "legs.fee > 10", 0),
        ("carry --rate 0%", "break_even_settlements > 0", 0),  # null never matches
        ("carry --rate 0%", "break_even_settlements <= 0", 0),
        ("apy --rate 0.1% --interval 1d", "apy > 44%", 1),
        ("profiles", "perp_taker >= 0.08%", 1),  # WEEX
        ("profiles", "perp_taker > 0.8%", 0),
    ],
)
def test_a_condition_that_holds_is_exit_1_and_the_answer_is_printed_all_the_same(run, command, test, code):
    result = run(*command.split(), "-o", "json", "--fail-if", test)
    assert (result.code, result.err) == (code, "")
    assert json.loads(result.out) == json.loads(run(*command.split(), "-o", "json").out)


def test_a_condition_holds_on_what_is_printed_and_not_on_hidden_digits(run):
    """3x at 0.01 % is 0.03 % of margin: not more than 0.03 %."""
    result = run("cost", "--leverage", "3", "-o", "json", "--fail-if", "per_settlement.of_margin > 0.03%")
    assert result.result["per_settlement"]["of_margin"] == D("0.0003")
    assert result.code == 0


def test_an_unknown_field_is_refused_before_anything_is_asked(run, monkeypatch):
    """Nothing listens at the gateway: had the exchange been asked, it would be exit 4."""
    monkeypatch.setenv("FUNDCLI_GATEWAY", "http://127.0.0.1:9")
    refused(run("cost", "--live", "--fail-if", "apr_on_margn > 1"), 2, "apr_on_margn", "Did you mean apr_on_margin?")
    refused(run("cost", "--fail-if", "per_day.of_margn > 1"), 2, "per_day.of_margin")
    refused(run("rates", "--fail-if", "rate_8 > 1"), 2, "rate_8h")


@pytest.mark.parametrize(
    "test", ["", "apr", "apr_on_margin", "apr_on_margin = 1", "apr_on_margin > 1 and total > 2", "> 1"]
)
def test_a_malformed_condition_is_refused_with_an_example(run, test):
    refused(run("cost", "--fail-if", test), 2, "--fail-if", "net_apr_on_capital < 8%")


def test_a_condition_on_a_record_or_with_a_word_for_a_number_is_refused(run):
    refused(run("cost", "--fail-if", "per_day > 1"), 2, "per_day")
    refused(run("cost", "--fail-if", "total > much"), 2, "much")
    refused(run("cost", "--fail-if", "symbol > A"), 2, "symbol")


def test_a_condition_writes_the_file_too(run, tmp_path):
    file = tmp_path / "a.json"
    assert run("cost", "-o", "json", "--out", str(file), "--fail-if", "total > 0").code == 1
    assert json.loads(file.read_text())["result"]["total"] == 100
