"""Settings: flag, then FUNDCLI_*, then ./fundcli.yaml, then the config folder (DESIGN §3)."""

from pathlib import Path

import pytest

from tests.commands.expect import answered, refused


@pytest.fixture
def here():
    """Write ./fundcli.yaml."""
    return lambda text: Path("fundcli.yaml").write_text(text)


@pytest.fixture
def home(tmp_path):
    """Write fundcli.yaml in the user's config folder."""

    def write(text):
        (tmp_path / "config").mkdir(exist_ok=True)
        (tmp_path / "config" / "fundcli.yaml").write_text(text)

    return write


def _leverage(run, *arguments):
    return answered(run("cost", "-o", "json", *arguments))["leverage"]


def test_each_layer_goes_over_the_one_below(run, here, home, monkeypatch):
    assert _leverage(run) == 1
    home("leverage: 2\n")
    assert _leverage(run) == 2
    here("leverage: 3\n")
    assert _leverage(run) == 3
    monkeypatch.setenv("FUNDCLI_LEVERAGE", "4")
    assert _leverage(run) == 4
    assert _leverage(run, "--leverage", "5") == 5


def test_layers_are_merged_key_by_key(run, here, home):
    home("leverage: 2\nexchange: okx\n")
    here("leverage: 3\n")
    result = answered(run("cost", "-o", "json"))
    assert (result["leverage"], result["exchange"]) == (3, "okx")


def test_a_section_goes_over_the_top_level_of_its_file(run, here):
    here("leverage: 2\ncost:\n  leverage: 3\n")
    assert _leverage(run) == 3
    assert answered(run("carry", "--rate", "0.01%", "-o", "json"))["leverage"] == 2


def test_the_nearer_file_goes_over_a_section_of_the_farther_one(run, here, home):
    home("cost: {leverage: 2}\n")
    here("leverage: 3\n")
    assert _leverage(run) == 3


def test_shared_options_may_be_set_too(run, here, monkeypatch):
    here("output: json\n")
    assert run("cost").out.startswith("{")
    monkeypatch.setenv("FUNDCLI_OUTPUT", "csv")
    assert run("cost").out.startswith("exchange,")
    assert run("cost", "-o", "ndjson").out.startswith('{"exchange"')


def test_switches_may_be_set_and_reach_subcommands(run, here, monkeypatch):
    here("strict: true\n")
    assert run("cost").code == 6
    here("output: json\n")
    assert run("profiles", "show", "okx").out.startswith("{")
    monkeypatch.setenv("FUNDCLI_STRICT", "1")
    assert run("cost").code == 6


def test_settings_are_read_like_the_command_line(run, here):
    here("rate: 0.02%\nhold: 8h\nnotional: 10k\n")
    assert answered(run("cost", "-o", "json"))["funding"] == 2


def test_a_list_is_written_as_a_list_or_with_commas(run, here):
    here("carry:\n  legs: [taker, maker]\n")
    assert answered(run("carry", "--rate", "0.01%", "-o", "json"))["fees"] == 24
    here("carry:\n  legs: taker,maker\n")
    assert answered(run("carry", "--rate", "0.01%", "-o", "json"))["fees"] == 24


def test_a_setting_of_another_command_is_no_mistake(run, here):
    here("top: 5\nborrow-rate: 8%\n")
    assert run("cost").code == 0


def test_an_unknown_key_gets_the_nearest_spelling_its_file_and_its_line(run, here, home, tmp_path):
    here("exchange: okx\n\nleverge: 5\n")
    refused(run("cost"), 3, "fundcli.yaml:3: leverge", "Did you mean leverage?")
    here("cost:\n  leverage: 2\n  holt: 8h\n")
    refused(run("cost"), 3, "fundcli.yaml:3: holt", "Did you mean hold?")
    here("leverage: 2\n")
    home("# mine\noutptu: json\n")
    refused(run("cost"), 3, f"{tmp_path / 'config' / 'fundcli.yaml'}:2: outptu", "Did you mean output?")


def test_an_unknown_section_gets_the_nearest_spelling(run, here):
    here("csot:\n  leverage: 5\n")
    refused(run("cost"), 3, "fundcli.yaml:1", "csot", "cost")


def test_a_section_that_is_no_mapping_is_refused(run, here):
    here("cost: 5\n")
    refused(run("cost"), 3, "fundcli.yaml:1", "cost")


@pytest.mark.parametrize("text", ["", "- a\n", "a: [\n", "a: 1\na: 2\n"])
def test_a_file_that_is_no_settings_is_exit_3(run, here, text):
    here(text)
    refused(run("cost"), 3, "fundcli.yaml")


def test_a_bad_value_says_where_it_was_written(run, here, monkeypatch):
    here("exchange: okx\nleverage: much\n")
    result = run("cost")
    refused(result, result.code, "leverage", "much", "fundcli.yaml:2")
    Path("fundcli.yaml").unlink()
    monkeypatch.setenv("FUNDCLI_LEVERAGE", "much")
    refused(run("cost"), 2, "leverage", "much")


def test_numbers_in_settings_keep_their_text(run, here):
    """YAML 1.1 would read 12:30 as 750 and 1_0 as 10; 0.0001 goes in as it stands."""
    here("rate: 0.0001\nprice: 1e3\n")
    assert answered(run("cost", "-o", "json"))["price"] == 1000
