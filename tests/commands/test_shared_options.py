"""Options that every command takes, in any position; strictness and quiet (DESIGN §3, "Output")."""

import json

import pytest

from fundcli.profiles import builtin_folder
from tests.commands.expect import refused


@pytest.mark.parametrize(
    "line",
    [
        "-o json cost --leverage 5",
        "cost -o json --leverage 5",
        "cost --leverage 5 -o json",
        "-ojson cost --leverage 5",
        "--output json cost --leverage 5",
        "--output=json cost --leverage 5",
        "cost --leverage 5 --output=json",
        "-q -o json cost --leverage 5",
        "--no-color -o json cost --leverage 5",
    ],
)
def test_a_shared_option_may_stand_before_or_behind_the_command(run, line):
    result = run(*line.split())
    assert result.code == 0, result.err
    assert result.result["leverage"] == 5


@pytest.mark.parametrize(
    "line",
    [
        "-o json profiles show okx",
        "profiles -o json show okx",
        "profiles show -o json okx",
        "profiles show okx -o json",
    ],
)
def test_a_shared_option_may_stand_anywhere_among_subcommands(run, line):
    result = run(*line.split())
    assert result.code == 0, result.err
    assert {row["key"]: row["value"] for row in result.rows}["id"] == "okx"


def test_conditions_and_strictness_work_before_the_command_too(run):
    assert run("--fail-if", "leverage == 5", "cost", "--leverage", "5").code == 1
    assert run("--strict", "cost").code == 6


@pytest.mark.parametrize("command", ["cost", "carry", "apy", "profiles", "schema"])
@pytest.mark.parametrize("output", ["table", "tsv", "json", "ndjson", "csv", "md"])
def test_every_command_writes_every_format(run, command, output):
    result = run(command, "-o", output)
    assert (result.code, result.err) == (0, "")
    assert result.out.endswith("\n")


@pytest.mark.parametrize("command", ["cost", "carry", "apy", "profiles"])
def test_a_pipe_gets_tab_separated_text_and_a_terminal_a_table(run, command):
    piped, shown = run(command), run(command, terminal=True)
    assert piped.out == run(command, "-o", "tsv").out
    assert "\t" in piped.out
    assert "\t" not in shown.out
    assert "\x1b" not in piped.out


def test_json_is_one_document_with_its_envelope(run):
    document = run("cost", "-o", "json").json
    assert list(document) == ["schema", "as_of", "inputs", "sign", "result", "warnings"]
    assert document["schema"] == "fundcli/cost@1"
    assert document["as_of"] == "2026-11-21T22:00:00Z"
    assert document["sign"] == "positive is money the holder pays"
    assert run("profiles", "-o", "json").json["schema"] == "fundcli/profiles@1"


def test_lines_of_json_are_the_rows_alone(run):
    rows = [json.loads(line) for line in run("profiles", "-o", "ndjson").out.splitlines()]
    assert [row["id"] for row in rows] == sorted(path.stem for path in builtin_folder().glob("*.yaml"))
    (result,) = [json.loads(line) for line in run("cost", "-o", "ndjson").out.splitlines()]
    assert result == json.loads(run("cost", "-o", "json").out)["result"]


def test_quiet_silences_warnings_and_not_errors(run):
    line = ["carry", "--rate=-0.01%"]
    loud, quiet = run(*line), run(*line, "-q")
    assert loud.err
    assert quiet.err == ""
    assert quiet.out == loud.out
    refused(run("cost", "--leverage", "0", "-q"), 2, "--leverage")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("cost", 6),  # the profile's rate and interval
        ("cost --rate 0.01%", 6),  # the profile's interval
        ("cost --interval 8h", 6),  # the profile's rate
        ("cost --rate 0.01% --interval 8h", 0),
        ("carry --rate 0.01% --interval 8h", 0),
        ("carry --rate 0.01%", 6),
        ("apy --rate 0.01%", 6),
        ("apy", 6),
        ("apy --rate 0.01% --interval 8h", 0),
        ("profiles", 0),
    ],
)
def test_strict_refuses_what_nobody_reported(run, line, code):
    result = run(*line.split(), "--strict")
    if code:
        refused(result, code, "--strict")
    else:
        assert (result.code, result.err) == (0, "")


def test_a_tab_separated_answer_has_no_thousands_separators_and_full_precision(run):
    lines = run("cost", "--notional", "1234567.891", "--rate", "0.0123%").out.splitlines()
    assert lines[0] == "period\tamount\tof_notional\tof_margin"
    # 1,234,567.891 x 0.000123 = 151.851850593
    assert lines[1] == "funding per settlement\t151.851850593\t0.000123\t0.000123"


@pytest.mark.parametrize("command", ["cost", "carry", "profiles"])
def test_a_piped_table_is_not_cut_off(run, monkeypatch, command):
    monkeypatch.delenv("COLUMNS")
    table = run(command, "-o", "table").out
    assert "…" not in table
    if command != "profiles":
        (source,) = [line for line in table.splitlines() if line.startswith("interval from")]
        assert source.endswith("the binance profile (Binance funding FAQ, 2026-03-06) (profile)")
    else:
        assert "BTC/USDT:USDT" in table


@pytest.mark.parametrize("columns", [80, 60, 40])
def test_a_table_on_a_narrow_terminal_folds_and_keeps_every_symbol(run, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    table = run("cost", "--no-color", terminal=True).out
    assert all(len(line) <= columns for line in table.splitlines())
    assert "…" not in table


def test_every_answer_says_what_a_positive_number_means(run):
    for command, meaning in (("cost", "pays"), ("carry", "receives"), ("apy", "received"), ("profiles", "fee paid")):
        for output in ("table", "md", "json"):
            text = run(command, "-o", output).out
            assert meaning in text, (command, output)
            assert "ositive" in text
