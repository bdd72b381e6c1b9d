"""What an exchange or the network can do wrong: one line, the right exit code, nothing on stdout, a remedy."""

from __future__ import annotations

import socket
import time

import pytest

from tests.conftest import Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchanges.support import EXCHANGES, assert_failed

each_exchange = pytest.mark.parametrize("exchange", EXCHANGES)
#: fault → words that name the cause
BROKEN = {
    "html": "HTML page",
    "half": "not the JSON",
    "cut": "broke off",
    "drop": "broke off",
    "empty": "not the JSON",
}


@each_exchange
@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_answer_is_named(run: Run, server: ExchangeServer, exchange: str, kind):
    server.faults.append(Fault(".", kind))
    line = assert_failed(run("rates", "--exchange", exchange, "-o", "json", now=None))
    assert line.startswith(f"fundcli: error: {exchange}: ")
    assert BROKEN[kind] in line


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("command", ["cost", "carry"])
def test_cost_and_carry_name_a_broken_answer_too(run: Run, server: ExchangeServer, command: str, kind):
    server.faults.append(Fault(".", kind))
    line = assert_failed(run(command, "--live", "--symbol", "BTC", "-o", "json", now=None))
    assert BROKEN[kind] in line


@pytest.mark.parametrize("kind", BROKEN)
def test_history_names_a_broken_answer_too(run: Run, server: ExchangeServer, kind):
    server.faults.append(Fault("fundingRate", kind))
    line = assert_failed(run("rates", "--symbol", "BTC", "--last", "5d", "-o", "json", now=None))
    assert BROKEN[kind] in line


#: status → words of the message, words of the remedy
REFUSED = {
    400: ("HTTP 400", "."),
    401: ("HTTP 401", "."),
    403: ("location", "--gateway"),
    404: ("HTTP 404", "."),
    418: ("slow down", "Wait"),
    429: ("slow down", "Wait"),
    451: ("location", "--gateway"),
    500: ("HTTP 500", "later"),
    502: ("HTTP 502", "later"),
    503: ("HTTP 503", "later"),
}


@each_exchange
@pytest.mark.parametrize("status", [403, 418, 429, 451, 500])
def test_a_status_is_named_with_its_remedy(run: Run, server: ExchangeServer, exchange: str, status: int):
    server.faults.append(Fault(".", "status", status=status, headers={"Retry-After": "3600"}))
    line = assert_failed(run("rates", "--exchange", exchange, "-o", "json", now=None))
    message, remedy = REFUSED[status]
    assert line.startswith(f"fundcli: error: {exchange}: ")
    assert message in line and str(status) in line and remedy in line


@pytest.mark.parametrize("status", REFUSED)
@pytest.mark.parametrize("body", [b"", b"<html>no</html>", {"code": -1003, "msg": "Way too many requests"}, [], None])
def test_a_status_is_named_whatever_its_body(run: Run, server: ExchangeServer, status: int, body):
    server.faults.append(Fault(".", "status", status=status, headers={"Retry-After": "3600"}, body=body))
    line = assert_failed(run("rates", "-o", "json", now=None))
    assert REFUSED[status][0] in line and f"HTTP {status}" in line and "fapi.binance.com" in line


def test_a_short_retry_after_is_waited_for(run: Run, server: ExchangeServer):
    server.faults.append(Fault("funding-rate", "status", status=429, headers={"Retry-After": "1"}, times=1))
    result = run("rates", "--exchange", "okx", "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")
    first, second = server.seen("funding-rate")
    assert second.at - first.at >= 1


def test_a_long_retry_after_fails_at_once_and_names_the_wait(run: Run, server: ExchangeServer):
    server.faults.append(Fault("funding-rate", "status", status=429, headers={"Retry-After": "1800"}))
    began = time.monotonic()
    line = assert_failed(run("rates", "--exchange", "okx", "-o", "json", now=None))
    assert time.monotonic() - began < 20
    assert "1800 s" in line
    assert len(server.seen("funding-rate")) == 1


def test_429_without_retry_after_is_tried_again(run: Run, server: ExchangeServer):
    server.faults.append(Fault("funding-rate", "status", status=429, times=2))
    assert run("rates", "--exchange", "okx", "-o", "json", now=None).code == 0
    assert len(server.seen("funding-rate")) == 3


def test_retry_after_that_is_a_date_or_nonsense_is_survived(run: Run, server: ExchangeServer):
    for said in ("Wed, 21 Oct 2026 07:28:00 GMT", "soon", "-5", "nan", "inf", "1e400", ""):
        server.faults[:] = [Fault("funding-rate", "status", status=429, headers={"Retry-After": said}, times=1)]
        result = run("rates", "--exchange", "okx", "-o", "json", now=None)
        assert result.code in (0, 4), (said, result.err)
        assert "Traceback" not in result.err and "defect" not in result.err, said


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_of_the_exchange_is_tried_again_and_then_given_up(run: Run, server: ExchangeServer, status: int):
    server.faults.append(Fault("funding-rate", "status", status=status))
    line = assert_failed(run("rates", "--exchange", "okx", "-o", "json", now=None))
    assert f"HTTP {status}" in line
    assert len(server.seen("funding-rate")) == 3


def test_a_passing_fault_of_the_exchange_goes_unseen(run: Run, server: ExchangeServer):
    server.faults.append(Fault("funding-rate", "status", status=503, times=2))
    result = run("rates", "--exchange", "okx", "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize("status", [400, 403, 404, 418, 451])
def test_a_refusal_is_not_asked_again(run: Run, server: ExchangeServer, status: int):
    """An exchange that banned us (418) bans longer if it is asked again."""
    server.faults.append(Fault("funding-rate", "status", status=status))
    run("rates", "--exchange", "okx", "-o", "json", now=None)
    assert len(server.seen("funding-rate")) == 1


@each_exchange
@pytest.mark.parametrize("kind", ["hang", "slow"])
def test_an_exchange_that_does_not_finish_is_given_up_at_the_timeout(
    run: Run, server: ExchangeServer, exchange: str, kind
):
    server.faults.append(Fault(".", kind))
    began = time.monotonic()
    line = assert_failed(run("rates", "--exchange", exchange, "--timeout", "1s", "-o", "json", now=None))
    assert time.monotonic() - began < 20
    assert "1 s" in line and "--timeout" in line


def test_a_hang_of_history_and_of_prices_is_given_up_too(run: Run, server: ExchangeServer):
    for match in ("fundingRate", "exchangeInfo"):
        server.faults[:] = [Fault(match, "hang")]
        assert_failed(run("rates", "-s", "BTC", "--last", "5d", "--timeout", "1s", "--refresh", now=None))


def test_a_closed_port_is_named(run: Run, server: ExchangeServer):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gateway = f"http://127.0.0.1:{closed.getsockname()[1]}"
    line = assert_failed(run("rates", "--exchange", "okx", "--gateway", gateway, "-o", "json", now=None))
    assert "gateway" in line and "refused" in line


def test_redirects_do_not_lead_out_of_the_gateway(run: Run, server: ExchangeServer):
    """A block page that redirects to a portal: it must end as an error, not as a hang or a traceback."""
    for target in ("/elsewhere", "http://127.0.0.1:1/", "ftp://x/", "//", "http://[::bad"):
        server.faults[:] = [Fault("okx", "status", status=302, headers={"Location": target})]
        result = run("rates", "--exchange", "okx", "-o", "json", now=None)
        assert_failed(result)


def test_an_endless_redirect_is_an_error(run: Run, server: ExchangeServer):
    loop = {"Location": f"{server.url}/https://www.okx.com/again"}
    server.faults.append(Fault("okx", "status", status=302, headers=loop))
    assert_failed(run("rates", "--exchange", "okx", "--timeout", "5s", "-o", "json", now=None))


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00", b'{"code": "0"', b"\x1f\x8b\x08\x00garbage", b"NaN", b"[[[[", b"[" * 5000]
)
def test_bytes_that_are_no_json_are_an_error(run: Run, server: ExchangeServer, body: bytes):
    server.answer("okx.com", body)
    assert_failed(run("rates", "--exchange", "okx", "-o", "json", now=None))


def test_a_body_that_claims_to_be_gzip_and_is_not_is_an_error(run: Run, server: ExchangeServer):
    server.faults.append(Fault("okx", "empty", headers={"Content-Encoding": "gzip"}))
    assert_failed(run("rates", "--exchange", "okx", "-o", "json", now=None))
    server.faults[:] = [Fault("okx", "html", headers={"Content-Encoding": "gzip"})]
    assert_failed(run("rates", "--exchange", "okx", "-o", "json", now=None))
