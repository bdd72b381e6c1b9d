"""Where a borrow rate comes from: typed, the exchange, the profile; what stands in for what is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from fundcli.core.borrow import BorrowQuote, charged_hours, interest, quoted
from fundcli.core.units import parse_borrow
from fundcli.exchanges import Network
from fundcli.market.borrowing import borrow_quote, shortage
from fundcli.profiles import Catalog, Profile
from tests.exchange_server import ExchangeServer, Fault, Loan

#: A rate of one's own beside a built-in profile, with a source of one's own.
OWN = """\
extends: {base}
borrow:
  counting: pro_rata
  source: {{what: my contract, date: 2026-05-01}}
  rates:
    BTC: {{rate: 0.012%, per_hours: 24}}
  rates_source: {{what: my contract, date: 2026-05-01}}
"""
Own = Callable[[str], Profile]


@pytest.fixture
def network(server: ExchangeServer, tmp_path: Path) -> Network:
    """The loopback exchange."""
    return Network(gateway=server.url, cache_folder=tmp_path / "cache", timeout_seconds=5)


@pytest.fixture
def own(tmp_path: Path) -> Own:
    """A built-in profile with a borrow rate of the user's: 0.012 % a day for BTC, 4.38 % a year."""

    def call(base: str) -> Profile:
        folder = tmp_path / "profiles"
        folder.mkdir(exist_ok=True)
        (folder / f"{base}.yaml").write_text(OWN.format(base=base))
        return Catalog(folder).load(base).profile

    return call


def _profile(name: str) -> Profile:
    return Catalog().load(name).profile


def _found(quote: BorrowQuote | None) -> BorrowQuote:
    assert quote is not None
    return quote


def test_a_typed_rate_is_taken_before_all_others_and_nobody_is_asked(server: ExchangeServer, network: Network):
    quote, warnings = borrow_quote(_profile("bybit"), "BTC", network, parse_borrow("0.02%/d"))
    found = _found(quote)
    assert (found.yearly_rate, found.basis, found.source) == (Decimal("0.073"), "given", "given with --borrow-rate")
    assert warnings == []
    assert server.requests == []


def test_a_typed_rate_of_zero_is_a_rate(network: Network):
    quote, _ = borrow_quote(_profile("bybit"), "BTC", network, Decimal(0))
    assert (_found(quote).yearly_rate, _found(quote).basis) == (0, "given")


def test_the_exchanges_own_rate_comes_before_the_profiles(network: Network, own: Own):
    quote, warnings = borrow_quote(own("okx"), "BTC", network)
    assert (_found(quote).basis, _found(quote).rate) == ("reported", Decimal("0.00019992"))
    assert warnings == []


def test_what_the_venue_notes_is_told(network: Network):
    quote, warnings = borrow_quote(_profile("gate"), "BTC", network)
    assert _found(quote).basis == "reported"
    assert len(warnings) == 1
    assert "1.18" in warnings[0]


def test_without_a_network_the_profiles_rate_is_taken_and_dated():
    """Kraken's 0.01 % per 4 h is 21.9 % a year."""
    quote, warnings = borrow_quote(_profile("krakenfutures"), "BTC")
    found = _found(quote)
    assert (found.rate, found.period_hours, found.yearly_rate) == (Decimal("0.0001"), 4, Decimal("0.219"))
    assert found.basis == "profile"
    assert "2026-02-10" in found.source
    assert len(warnings) == 1
    for words in ("0.01 % per 4 h", "up to 0.02 %", "krakenfutures profile of 2026-02-10", "--borrow-rate"):
        assert words in warnings[0]


def test_who_publishes_nothing_is_said_before_the_profiles_rate(server: ExchangeServer, network: Network, own: Own):
    quote, warnings = borrow_quote(own("binance"), "BTC", network)
    assert (_found(quote).basis, _found(quote).yearly_rate) == ("profile", Decimal("0.0438"))
    assert len(warnings) == 1
    assert warnings[0].startswith("binance publishes no borrow rates; borrowing BTC is taken at 0.012 % a day")
    assert "2026-05-01" in warnings[0]
    assert server.requests == []


@pytest.mark.parametrize("kind", ["html", "drop"])
def test_an_exchange_that_fails_is_named_before_the_profiles_rate(
    server: ExchangeServer, network: Network, own: Own, kind: str
):
    """Nothing falls back in silence."""
    server.faults.append(Fault("interest-rate-loan-quota", kind))  # type: ignore[arg-type]
    quote, warnings = borrow_quote(own("okx"), "BTC", network)
    assert _found(quote).basis == "profile"
    assert len(warnings) == 1
    assert warnings[0].startswith("the borrow rate of BTC could not be read (okx: ")
    assert "of the okx profile of 2026-05-01" in warnings[0]


def test_an_exchange_that_fails_where_the_profile_has_none_leaves_none(server: ExchangeServer, network: Network):
    server.faults.append(Fault("spot-margin-trade/data", "status", status=451))
    quote, warnings = borrow_quote(_profile("bybit"), "BTC", network)
    assert quote is None
    assert len(warnings) == 1
    assert "does not serve this location" in warnings[0]
    assert "--borrow-rate" in warnings[0]


def test_an_exchange_that_does_not_lend_the_coin_is_taken_at_its_word(
    server: ExchangeServer, network: Network, own: Own
):
    """The profile's rate would be for nothing that can be had."""
    server.world = replace(server.world, loans={"bybit": (Loan("BTC", "0.000001", "5", open=False),)})
    quote, warnings = borrow_quote(own("bybit"), "BTC", network)
    assert quote is None
    assert len(warnings) == 1
    assert "bybit does not lend BTC" in warnings[0]
    assert "--borrow-rate" in warnings[0]


@pytest.mark.parametrize("name", ["binance", "bitmex", "ftx"])
def test_no_rate_at_all_names_the_option(name: str):
    quote, warnings = borrow_quote(_profile(name), "BTC")
    assert quote is None
    assert warnings == [f"the {name} profile has no borrow rate for BTC: give it with --borrow-rate"]


@pytest.mark.parametrize("name", ["bitmex", "ftx"])
def test_an_exchange_that_cannot_be_asked_is_said(network: Network, name: str):
    quote, warnings = borrow_quote(_profile(name), "BTC", network)
    assert quote is None
    assert len(warnings) == 1
    assert name in warnings[0]
    assert "--borrow-rate" in warnings[0]


def test_a_reverse_carry_of_ten_bitcoin_at_okx_for_a_week(network: Network):
    """10 x 0.019992 % x 7 days = 0.0139944 BTC."""
    quote, _ = borrow_quote(_profile("okx"), "BTC", network)
    assert interest(Decimal(10), _found(quote).yearly_rate, Decimal(168)) == Decimal("0.0139944")


def test_a_started_hour_at_bybit_costs_a_whole_one(network: Network):
    """300 BTC for 61 minutes at 0.0000503043 % an hour: 2 hours, 300 x 0.000000503043 x 2 = 0.0003018258."""
    profile = _profile("bybit")
    quote, _ = borrow_quote(profile, "BTC", network)
    assert profile.borrow is not None
    hours = charged_hours(Decimal(61) / 60, profile.borrow.counting)
    assert hours == 2
    assert interest(Decimal(300), _found(quote).yearly_rate, hours) == Decimal("0.0003018258")


@pytest.mark.parametrize(
    ("available", "wanted", "short"),
    [("10", "10", False), ("10", "10.5", True), (None, "1e9", False), ("0", "1", True)],
)
def test_more_than_may_be_borrowed_is_said(available: str | None, wanted: str, short: bool):
    """What is unknown warns of nothing."""
    most = None if available is None else Decimal(available)
    quote = quoted("BTC", Decimal("0.0001"), Decimal(24), "reported", "okx interest-rate-loan-quota", most)
    words = shortage(quote, Decimal(wanted))
    assert (words is not None) == short
    if words is not None:
        assert words == f"{wanted} BTC would be borrowed, and {available} may be (okx interest-rate-loan-quota)"
