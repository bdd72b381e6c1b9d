"""Text from an exchange that would move the cursor, colour the screen or hide a line: it comes out harmless."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchanges.support import EXCHANGES

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\u2028\u2029\ufeff]")
EVIL = {
    "ansi": "\x1b[31mRED\x1b[0m",
    "title": "\x1b]0;owned\x07X",
    "c1": "\x9b31mX",
    "newline": "X\r\nfundcli: error: forged",
    "backspace": "X\x08\x08\x08Y",
    "bidi": "X\u202eTDSU",
    "zero-width": "X\u200bY\u2066Z",
    "markup": "[bold red]X[/bold red]",
    "emoji": ":warning:",
    "link": "[link=http://evil]X[/link]",
    "nul": "X\x00Y",
    "tab": "X\tY",
}


#: The line of progress that fundcli itself rewrites on a terminal.
PROGRESS = re.compile("\r\x1b\\[2K(asking [^\r]*)?")


def _said(err: str) -> str:
    """stderr without our own progress."""
    return PROGRESS.sub("", err)


def _listed(server: ExchangeServer, text: str) -> None:
    one = server.world.contract("okx", "BTC-USDT-SWAP")
    evil = replace(one, id=f"{text}-USDT-SWAP", base=text)
    server.world = server.world.with_contracts("okx", [*server.world.of("okx"), evil])


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("output", ["table", "tsv", "csv", "md"])
def test_a_symbol_is_harmless_on_stdout(run: Run, server: ExchangeServer, evil: str, output: str):
    _listed(server, EVIL[evil])
    result = run("rates", "-e", "okx", "-o", output, "--no-color", terminal=output == "table", now=None)
    assert result.code in (0, 5), result.err
    assert not CONTROLS.search(result.out.replace("\r\n", "\n"))
    assert not CONTROLS.search(_said(result.err))


@pytest.mark.parametrize("evil", EVIL)
def test_a_symbol_breaks_no_line(run: Run, server: ExchangeServer, evil: str):
    """One line per contract and one for the names, whatever stands in a symbol."""
    plain = run("rates", "-e", "okx", "-o", "tsv", now=None).out.splitlines()
    _listed(server, EVIL[evil])
    result = run("rates", "-e", "okx", "-o", "tsv", "--refresh", now=None)
    lines = result.out.splitlines()
    assert len(lines) in (len(plain), len(plain) + 1)
    assert {line.count("\t") for line in lines} == {plain[0].count("\t")}


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("output", ["json", "ndjson"])
def test_json_escapes_control_characters(run: Run, server: ExchangeServer, evil: str, output: str):
    _listed(server, EVIL[evil])
    result = run("rates", "-e", "okx", "-o", output, now=None)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.out)
    for line in result.out.splitlines() if output == "ndjson" else [result.out]:
        json.loads(line)


@pytest.mark.parametrize("evil", ["markup", "emoji", "link"])
def test_markup_and_emoji_codes_are_text_in_a_table(
    run: Run, server: ExchangeServer, monkeypatch: pytest.MonkeyPatch, evil: str
):
    monkeypatch.setenv("COLUMNS", "200")  # where a name is broken depends on the other columns, and so on the hour
    _listed(server, EVIL[evil])
    out = run("rates", "-e", "okx", "-o", "table", "--no-color", terminal=True, now=None).out
    assert {"markup": "]X[/", "emoji": ":WARNING:", "link": "]X[/"}[evil] in out.upper()


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("debug", [False, True])
def test_a_message_of_the_exchange_is_harmless_on_stderr(run: Run, server: ExchangeServer, evil: str, debug: bool):
    body = {"code": "50011", "msg": f"{EVIL[evil]} said", "data": []}
    server.faults.append(Fault("okx", "status", status=200, body=body))
    if debug:
        with pytest.raises(Exception, match="okx"):
            run("rates", "-e", "okx", "--debug", now=None)
        return
    result = run("rates", "-e", "okx", now=None)
    assert result.code == 4
    assert not CONTROLS.search(_said(result.err))
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize("evil", EVIL)
def test_a_rate_that_is_hostile_text_is_harmless_on_stderr(run: Run, server: ExchangeServer, evil: str):
    _listed(server, EVIL[evil])

    def edit(answer: Any) -> Any:
        for row in answer["data"]:
            if row["instId"].startswith(EVIL[evil]):
                row["fundingRate"] = EVIL[evil]
        return answer

    server.faults.append(Fault("public/funding-rate", "rewrite", edit=edit))
    result = run("rates", "-e", "okx", terminal=True, now=None)
    assert not CONTROLS.search(_said(result.err))
    errors = [line for line in _said(result.err).splitlines() if line.startswith("fundcli: error: ")]
    assert len(errors) == 1


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_content_type_that_is_hostile_is_harmless(run: Run, server: ExchangeServer, exchange: str):
    server.answer(".", b"\x1b[2J\x1b[31m", content_type="text/html; x=[31m")
    result = run("rates", "-e", exchange, now=None)
    assert result.code == 4
    assert not CONTROLS.search(_said(result.err))


@pytest.mark.parametrize("evil", ["ansi", "title", "newline", "bidi"])
def test_a_typed_symbol_is_harmless_in_the_error(run: Run, server: ExchangeServer, evil: str):
    result = run("rates", "-s", EVIL[evil], now=None)
    assert result.code == 2
    assert not CONTROLS.search(_said(result.err))
    assert len(result.err.splitlines()) == 1
