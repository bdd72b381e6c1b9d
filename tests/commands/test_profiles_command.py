"""`fundcli profiles`: list, show, check, init."""

import re
from pathlib import Path

import pytest

from fundcli.profiles import builtin_folder
from tests.commands.expect import refused


def test_the_list_names_every_profile_and_where_it_comes_from(run, tmp_path):
    assert run("profiles", "init", "okx").code == 0
    rows = {row["id"]: row for row in run("profiles", "-o", "json").rows}
    assert set(rows) == {path.stem for path in builtin_folder().glob("*.yaml")}
    assert rows["binance"]["origin"] == "built in"
    assert rows["okx"]["origin"] == str(tmp_path / "config" / "profiles" / "okx.yaml")
    assert rows["ftx"]["status"] == "defunct"


@pytest.mark.parametrize("name", ["binance", "okx", "krakenfutures", "ftx"])
def test_show_names_the_file_and_line_of_every_value(run, name):
    """Each named line holds the key, or the value of a list's item."""
    rows = run("profiles", "show", name, "-o", "json").rows
    assert len(rows) > 20
    for row in rows:
        line = Path(row["file"]).read_text().splitlines()[row["line"] - 1]
        key = row["key"].rpartition(".")[2]
        written = row["value"] if key.isdigit() else f"{key}:"
        assert written.split(", ")[0] in line, row


def test_show_of_an_override_tells_the_users_values_from_the_built_in_ones(run, tmp_path):
    folder = tmp_path / "config" / "profiles"
    folder.mkdir(parents=True)
    (folder / "okx.yaml").write_text("# mine\nextends: okx\n\nfees:\n  perp: {taker: 0.03%}\n")
    rows = {row["key"]: row for row in run("profiles", "show", "okx", "-o", "json").rows}
    assert rows["fees.perp.taker"] == {
        "key": "fees.perp.taker", "value": "0.03%", "file": str(folder / "okx.yaml"), "line": 5,
    }  # fmt: skip
    assert rows["fees.perp.maker"]["file"].endswith("configs/okx.yaml")
    assert run("cost", "-e", "okx", "-o", "json").result["fees"] == 6


def test_what_init_writes_is_valid_and_changes_nothing(run, tmp_path):
    before = run("cost", "-e", "okx", "-o", "json").out
    assert run("profiles", "init", "okx").code == 0
    file = tmp_path / "config" / "profiles" / "okx.yaml"
    assert run("profiles", "check", str(file), "-o", "json").rows == [
        {"file": str(file), "id": "okx", "status": "valid"}
    ]
    assert run("cost", "-e", "okx", "-o", "json").out == before


@pytest.mark.parametrize("name", sorted(path.stem for path in builtin_folder().glob("*.yaml")))
def test_every_commented_line_of_an_override_can_be_uncommented(run, tmp_path, name):
    """The round trip: init, uncomment all, check; and the fees stay those of the built-in profile."""
    assert run("profiles", "init", name).code == 0
    file = tmp_path / "config" / "profiles" / f"{name}.yaml"
    lines = file.read_text().splitlines()
    opened = [line.removeprefix("# ") if re.match(r"# (fees|funding):|#   ", line) else line for line in lines]
    assert opened != lines
    file.write_text("\n".join(opened) + "\n")
    assert run("profiles", "check", str(file)).code == 0, file.read_text()
    line = ["cost", "-e", name, "--rate", "0.01%", "-o", "json"]
    if name in ("binancecoinm", "bitmex"):  # their main contract is paid in coin
        line += ["--price", "50000"]
    with_override = run(*line).result["fees"]
    file.unlink()
    assert run(*line).result["fees"] == with_override


def test_init_keeps_a_file_that_is_there_unless_it_is_forced(run, tmp_path):
    file = tmp_path / "config" / "profiles" / "okx.yaml"
    assert run("profiles", "init", "okx").code == 0
    fresh = file.read_text()
    file.write_text("extends: okx\nname: Mine\n")
    refused(run("profiles", "init", "okx"), 2, str(file), "--force")
    assert file.read_text() == "extends: okx\nname: Mine\n"
    assert run("profiles", "init", "okx", "--force").code == 0
    assert file.read_text() == fresh


def test_init_with_force_replaces_an_override_that_is_broken(run, tmp_path):
    file = tmp_path / "config" / "profiles" / "okx.yaml"
    assert run("profiles", "init", "okx").code == 0
    file.write_text("extends: okx\nfess: {}\n")
    assert run("profiles", "init", "okx", "--force").code == 0
    assert run("cost", "-e", "okx").code == 0


def test_check_of_what_is_no_file_is_exit_3(run, tmp_path):
    refused(run("profiles", "check", "none.yaml"), 3, "none.yaml")
    refused(run("profiles", "check", str(tmp_path)), 3, str(tmp_path))


def test_an_exchange_may_be_a_profile_in_a_file(run):
    Path("mine.yaml").write_text("extends: binance\nid: mine\nname: Mine\nfees:\n  perp: {taker: 0.01%}\n")
    result = run("cost", "-e", "mine.yaml", "-o", "json").result
    assert (result["exchange"], result["fees"]) == ("mine", 2)
    refused(run("cost", "-e", "none.yaml"), 3, "none.yaml")


def test_a_broken_profile_of_the_users_stops_only_what_reads_it(run, tmp_path):
    folder = tmp_path / "config" / "profiles"
    folder.mkdir(parents=True)
    (folder / "okx.yaml").write_text("extends: okx\nfess: {}\n")
    assert run("cost").code == 0
    refused(run("cost", "-e", "okx"), 3, "okx.yaml:2: fess", "Did you mean fees?")


def test_a_defunct_exchange_is_priced_offline_and_never_asked(run):
    """FTX: 0.07 % taker, hourly: 10,000 x 0.07 % x 2 = 14; 0.001 % x 8760 = 8.76 %."""
    result = run("cost", "-e", "ftx", "--rate", "0.001%", "-o", "json").result
    assert (str(result["fees"]), str(result["apr_on_notional"])) == ("14", "0.0876")
    for line in ("cost -e ftx --live", "carry -e ftx --live", "rates -e ftx", "cost -e ftx --history 30d"):
        refused(run(*line.split()), 2, "ftx", "FTX ceased in November 2022")


@pytest.mark.parametrize("exchange", ["krakenfutures", "ftx"])
@pytest.mark.parametrize("command", ["cost", "carry", "apy"])
def test_without_an_interest_component_there_is_no_baseline(run, command, exchange):
    refused(run(command, "-e", exchange), 2, exchange, "--rate")


def test_a_fee_that_is_not_on_record_is_asked_for(run):
    refused(run("carry", "-e", "ftx", "--rate", "0.01%"), 2, "spot fee", "--spot-fee")
    assert run("carry", "-e", "ftx", "--rate", "0.01%", "--spot-fee", "0.1%").code == 0
