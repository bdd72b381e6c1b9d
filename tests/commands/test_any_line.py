"""Whatever is typed: a documented exit code, an answer that keeps its schema or one plain line, and never a defect."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import islice

import pytest
from jsonschema import Draft202012Validator

from fundcli import errors
from fundcli.commands import COMMANDS
from tests.commands.any_line import OPENINGS, lines, options_of
from tests.conftest import Run
from tests.exchange_server import ExchangeServer

ANSWERED = (errors.DONE, errors.CONDITION_HOLDS, errors.PARTIAL)
REFUSED = (errors.USAGE, errors.BAD_DATA, errors.EXCHANGE_FAILED, errors.NOT_REPORTED)


def _walk(run: Run, seed: int, count: int) -> dict[int, int]:
    """Run as many lines; returns how often each exit code came."""
    for name in ("binance", "okx"):
        assert run("history", "sync", "-e", name, "--all", "--since", "70d", now=None).code == 0
    validators: dict[str, Draft202012Validator] = {}
    codes: dict[int, int] = {}
    for line in islice(lines(seed, list(OPENINGS)), count):
        asked = [*line, "-o", "json"]
        result = run(*asked, now=None)
        codes[result.code] = codes.get(result.code, 0) + 1
        assert "Traceback" not in result.err and "\x1b" not in result.err + result.out, asked
        if result.code in ANSWERED:
            told = json.loads(result.out, parse_float=Decimal, parse_int=Decimal) if result.out else {}
            name = str(told.get("schema", "")).removeprefix("fundcli/").partition("@")[0]
            if name and name not in validators:
                validators[name] = Draft202012Validator(json.loads(run("schema", name, now=None).out))
            if name:
                validators[name].validate(json.loads(result.out))
            if name == "carry":
                sums = told["result"]
                parts = sums["gross_funding"] - sums["fees"] - sums["slippage"] - sums["borrow"] + sums["basis_pnl"]
                assert sums["net"] == parts, asked
        else:
            assert result.code in REFUSED, (asked, result.err)
            assert result.err.count("error: ") == 1 or result.code == errors.NOT_REPORTED, (asked, result.err)
            assert not result.out or result.code == errors.NOT_REPORTED, asked
    return codes


def test_no_line_is_a_defect(run: Run, server: ExchangeServer):
    codes = _walk(run, 1, 250)
    assert codes[errors.DONE] > 60 and codes[errors.USAGE] > 60


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_no_line_of_thousands_is_a_defect(run: Run, server: ExchangeServer, seed: int):
    print(_walk(run, seed, 3_000))


def test_every_command_is_among_them():
    alone = {"book", "reconcile", "schema", "history", "profiles"}  # of files, of no options, or of commands
    assert set(COMMANDS) - alone == {name for name in OPENINGS if " " not in name}
    assert all(len(options_of(name)) > 3 for name in OPENINGS)
