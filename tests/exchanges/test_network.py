"""Gateway and proxies: which way the requests go, and what never leaks."""

from __future__ import annotations

import ccxt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.exchanges.client import iso_text
from tests.conftest import Run
from tests.exchange_server import ExchangeServer
from tests.exchanges.proxies import Proxy, Socks5
from tests.exchanges.support import EXCHANGES, assert_failed, held

RATES = ("rates", "--exchange", "okx", "-o", "json")
SECRET = "s3cr3t-word"


def _complete(run: Run, server: ExchangeServer, *more: str) -> None:
    result = run(*RATES, *more, now=None)
    assert (result.code, result.err) == (0, "")
    assert len(result.rows) == len(held(server.world, "okx"))


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> str:
    """An address where nobody listens; the gateway of the environment leads there."""
    monkeypatch.setenv("FUNDCLI_GATEWAY", "http://127.0.0.1:1")
    return "http://127.0.0.1:1"


def test_the_gateway_of_the_environment_is_used(run: Run, server: ExchangeServer):
    _complete(run, server)
    assert server.requests


def test_the_gateway_option_goes_before_the_environment(run: Run, server: ExchangeServer, closed: str):
    _complete(run, server, "--gateway", server.url)


@pytest.mark.parametrize("tail", ["/", "//"])
def test_a_slash_at_the_end_of_the_gateway_does_no_harm(run: Run, server: ExchangeServer, tail: str):
    _complete(run, server, "--gateway", server.url + tail)


def test_the_gateway_gets_the_whole_original_url(run: Run, server: ExchangeServer):
    _complete(run, server)
    assert {request.url for request in server.requests} == {
        "https://www.okx.com/api/v5/public/instruments?instType=SWAP",
        "https://www.okx.com/api/v5/public/funding-rate?instId=ANY",
    }


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_every_request_of_every_exchange_goes_through_the_gateway(run: Run, server: ExchangeServer, exchange: str):
    """Anything that did not would fail: only loopback can be reached from a test."""
    assert run("rates", "-e", exchange, now=None).code == 0
    assert all(request.url.startswith("https://") for request in server.requests)
    assert not [request.url for request in server.requests if "{" in request.url or "%7B" in request.url]


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_proxy_of_the_environment_is_used(
    run: Run, server: ExchangeServer, monkeypatch: pytest.MonkeyPatch, name: str
):
    with Proxy() as proxy:
        monkeypatch.setenv(name, proxy.url)
        _complete(run, server)
    assert len(proxy.seen) == len(server.requests) > 0
    assert all(target.startswith(f"{server.url}/https://www.okx.com/") for target in proxy.seen)


def test_the_proxy_option_is_used(run: Run, server: ExchangeServer):
    with Proxy() as proxy:
        _complete(run, server, "--proxy", proxy.url)
    assert len(proxy.seen) == len(server.requests) > 0


def test_the_proxy_option_goes_before_the_environment(
    run: Run, server: ExchangeServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with Proxy() as proxy:
        _complete(run, server, "--proxy", proxy.url)
    assert proxy.seen


def test_https_proxy_is_asked_for_https(run: Run, monkeypatch: pytest.MonkeyPatch):
    """Without a gateway an exchange is https: the proxy is asked to CONNECT."""
    with Proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        line = assert_failed(run(*RATES, now=None))
    assert set(proxy.seen) == {"www.okx.com:443"}
    assert "proxy" in line


def test_no_proxy_is_respected(run: Run, server: ExchangeServer, monkeypatch: pytest.MonkeyPatch):
    with Proxy() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        _complete(run, server)
    assert proxy.seen == []


def test_a_socks5_proxy_is_used(run: Run, server: ExchangeServer):
    with Socks5() as proxy:
        _complete(run, server, "--proxy", proxy.url)
    assert set(proxy.seen) == {server.url.removeprefix("http://")}


def test_a_socks5_proxy_of_the_environment_is_used(run: Run, server: ExchangeServer, monkeypatch: pytest.MonkeyPatch):
    with Socks5() as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        _complete(run, server)
    assert proxy.seen


def test_a_name_and_password_in_the_proxy_reach_the_proxy(run: Run, server: ExchangeServer):
    """user:s3cr3t-word in base64."""
    with Proxy() as proxy:
        _complete(run, server, "--proxy", proxy.url.replace("//", f"//user:{SECRET}@"))
    assert proxy.heads
    assert all("Proxy-Authorization: Basic dXNlcjpzM2NyM3Qtd29yZA==" in head for head in proxy.heads)


def test_a_dead_proxy_is_named(run: Run, server: ExchangeServer):
    line = assert_failed(run(*RATES, "--proxy", "http://127.0.0.1:1", now=None))
    assert "proxy" in line


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
def test_a_password_never_stands_in_an_error(run: Run, server: ExchangeServer, scheme: str):
    for arguments in (RATES, ("cost", "--live"), ("rates", "-s", "BTC", "--last", "3d")):
        result = run(*arguments, "--proxy", f"{scheme}://user:{SECRET}@127.0.0.1:1", now=None)
        assert_failed(result)
        assert SECRET not in result.err


def test_a_password_in_the_proxy_of_the_environment_never_stands_in_an_error(
    run: Run, server: ExchangeServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTP_PROXY", f"http://user:{SECRET}@127.0.0.1:1")
    assert SECRET not in assert_failed(run(*RATES, now=None))


def test_a_password_in_the_gateway_never_stands_in_an_error(run: Run, server: ExchangeServer):
    assert SECRET not in assert_failed(run(*RATES, "--gateway", f"http://user:{SECRET}@127.0.0.1:1", now=None))


def test_a_proxy_that_asks_for_a_password_is_named(run: Run, server: ExchangeServer):
    with Proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as proxy:
        line = assert_failed(run(*RATES, "--proxy", proxy.url, now=None))
    assert "407" in line or "proxy" in line


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://127.0.0.1", "http://", "nonsense", ""])
@pytest.mark.parametrize("option", ["--gateway", "--proxy"])
def test_an_address_that_is_none_is_a_wrong_command_line(run: Run, server: ExchangeServer, option: str, url: str):
    result = run(*RATES, option, url, now=None)
    assert_failed(result, 2)
    assert not server.requests


@given(st.integers(-(10**9), 10**16))
def test_a_time_is_written_as_ccxt_writes_it(ms: int):
    """Some exchanges are asked with such a text (dYdX's `effectiveBeforeOrAt`)."""
    assert iso_text(ms) == ccxt.Exchange.iso8601(ms)
