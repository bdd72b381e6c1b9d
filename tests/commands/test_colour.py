"""Colour: --no-color, then NO_COLOR, FORCE_COLOR, TERM=dumb, then the terminal (DESIGN §3)."""

import pytest


@pytest.mark.parametrize(
    ("terminal", "arguments", "environ", "coloured"),
    [
        (True, [], {}, True),
        (False, [], {}, False),
        (True, ["--no-color"], {}, False),
        (True, [], {"NO_COLOR": "1"}, False),
        (True, [], {"NO_COLOR": ""}, True),  # no-color.org: present and not empty
        (True, [], {"TERM": "dumb"}, False),
        (False, [], {"FORCE_COLOR": "1"}, True),
        (True, [], {"FORCE_COLOR": "0"}, False),
        (True, [], {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        (True, [], {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (False, ["--no-color"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_the_first_that_speaks_decides(run, monkeypatch, terminal, arguments, environ, coloured):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    text = run("carry", "--rate", "0.01%", "-o", "table", *arguments, terminal=terminal).out
    assert ("\x1b[" in text) is coloured


def test_meaning_is_never_in_colour_alone(run):
    import re

    coloured = run("carry", "--rate", "0.01%", terminal=True).out
    plain = run("carry", "--rate", "0.01%", "--no-color", terminal=True).out
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize("output", ["tsv", "json", "ndjson", "csv", "md"])
def test_only_a_table_is_ever_coloured(run, monkeypatch, output):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in run("carry", "-o", output, terminal=True).out
