"""Help, version, unknown names (STYLE, "What a terminal user expects")."""

import shlex
import subprocess
import sys

import pytest

from fundcli import __version__
from fundcli.commands import COMMANDS
from tests.commands.expect import refused

PAGES = [[name] for name in COMMANDS] + [["profiles", sub] for sub in ("list", "show", "check", "init")]


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_every_command_has_help_with_an_example(run, capsys, page, flag):
    assert run(*page, flag).code == 0
    text = capsys.readouterr().out
    assert text.startswith("Usage: fundcli ")
    examples = [line for line in text.splitlines() if line.startswith(f"  fundcli {' '.join(page[:1])}")]
    assert examples, text
    if len(page) > 1 and page[1] != "list":
        assert any(" ".join(page) in line for line in examples)
    assert "--output" in text
    assert "\x1b" not in text


def test_every_example_in_the_help_is_a_line_that_is_understood(run, capsys):
    """Offline ones answer; the others are at least parsed: they fail for want of a network or a lake, not of sense."""
    examples = set()
    for page in PAGES:
        run(*page, "--help")
        examples |= {line for line in capsys.readouterr().out.splitlines() if line.startswith("  fundcli ")}
    assert len(examples) >= 12
    for line in examples:
        words = shlex.split(line)[1:]
        if words[:2] == ["profiles", "check"]:
            continue
        online = (words[0] != "book" and "--live" in words) or "--settled" in words or words[0] in ("rates", "scan")
        if online:
            words += ["--gateway", "http://127.0.0.1:9", "--timeout", "2s"]
        result = run(*words)
        of_files = words[0] in ("book", "history", "reconcile") or "--odds" in words
        of_files |= words[0] == "hedge" and "--correlation" not in words
        assert result.code == (4 if online else 3 if of_files else 0), (line, result.err)


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_the_first_page_lists_every_command_with_examples(run, capsys, flag):
    assert run(flag).code == 0
    text = capsys.readouterr().out
    for name in COMMANDS:
        assert f"\n  {name} " in text
    assert "fundcli cost --leverage 5" in text


def test_no_arguments_show_the_first_page(run, capsys):
    result = run()
    assert "Usage: fundcli" in capsys.readouterr().out + result.out + result.err
    assert result.code in (0, 2)


def test_the_version_is_the_packages(run, capsys):
    assert run("--version").code == 0
    assert capsys.readouterr().out == f"fundcli {__version__}\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cots", ("cots", "Did you mean cost?")),
        ("crry", ("crry", "Did you mean carry?")),
        ("zzz", ("zzz", "fundcli --help")),
        ("cost --leverge 5", ("--leverge", "Did you mean --leverage?")),
        ("cost --zzz", ("--zzz", "fundcli cost --help")),
        ("carry --slipage 1%", ("--slipage", "--slippage")),
        ("profiles shwo", ("shwo", "show")),
        ("profiles show", ("ID",)),
        ("profiles show binanse", ("binanse", "Did you mean binance?")),
        ("schema cots", ("cots", "cost")),
        ("cost stray", ("stray",)),
        ("cost --rate", ("--rate",)),
        ("--outptu json cost", ("--outptu", "--output")),
    ],
)
def test_an_unknown_name_is_one_line_with_the_nearest_right_one(run, line, words):
    result = run(*line.split())
    refused(result, 2, *words)
    assert "?." not in result.err


def test_the_module_runs_as_the_console_script_does():
    done = subprocess.run([sys.executable, "-m", "fundcli", "cots"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "fundcli: error: there is no command 'cots'. Did you mean cost?\n"
