"""The layout of each command in each format, with the clock pinned; the numbers are checked elsewhere, by hand."""

import pytest

LINES = {
    "cost": "cost --leverage 5 --hold 12h --notional 10k",
    "carry": "carry --rate 0.20% --hold 8h --spot-fee 0.04% --perp-fee 0.04% --notional 10000",
    "stress": "stress --leverage 5 --price 60000 --margin 3500 --buffer 2k --shocks=-20%,50% --day trb-2023 -q",
    "explain": "explain -e okx --interval 4h --premium 0.1% --at 2026-11-01",
    "explain-sweep": "explain -e bybit --sweep -0.1%..0.1% --points 5",
    "predict": "predict -e gate --premium 0.08% --last-premium 0.2% --range -0.1%..0.3% --at 2026-11-21T22:00Z",
    "hedge": "hedge --exposure ETH --instrument BTC --sigma-exposure 4% --sigma-instrument 3% --correlation 0.86 "
    "--notional 50k --price 60000 --lot 0.01",
    "apy": "apy --rate 0.1% --interval 1d --principal 100000 --friction 6%",
    "profiles": "profiles",
}


@pytest.mark.parametrize("command", LINES)
def test_a_table_fills_a_terminal_of_80_columns(run, snapshot, command):
    result = run(*LINES[command].split(), "--no-color", terminal=True)
    assert (result.code, result.err) == (0, "")
    assert max(map(len, result.out.splitlines())) <= 80
    assert result.out == snapshot


@pytest.mark.parametrize("output", ["tsv", "json", "ndjson", "csv", "md"])
@pytest.mark.parametrize("command", LINES)
def test_a_plain_format_is_as_it_was(run, snapshot, command, output):
    result = run(*LINES[command].split(), "-o", output)
    assert (result.code, result.err) == (0, "")
    assert result.out == snapshot
