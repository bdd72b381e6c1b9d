"""What exchanges ask for lending a coin: each with its own period, and made comparable by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fundcli.core.borrow import BorrowQuote, interest
from fundcli.errors import ExchangeError
from fundcli.exchanges import Network, Venue, open_venue, read_borrow
from fundcli.profiles import Catalog
from tests.exchange_server import ExchangeServer, Fault, Loan
from tests.exchange_server.world import HOUR_MS
from tests.exchanges.support import EXCHANGES

#: Where the public rates stand.
RATES_AT = {
    "bybit": "/v5/spot-margin-trade/data", "okx": "/public/interest-rate-loan-quota",
    "bitget": "/v3/market/margin-loans", "gate": "/unified/history_loan_rate", "bitfinex": "/v2/tickers",
    "backpack": "/borrowLend/markets",
}  # fmt: skip
#: The hours that a rate on the wire belongs to.
HOURS = {"bybit": 1, "okx": 24, "bitget": 24, "gate": 1, "bitfinex": 24, "backpack": 8760}
each_lender = pytest.mark.parametrize("exchange", RATES_AT)
Ask = Callable[[str, str], BorrowQuote | None]


def _venue(server: ExchangeServer, folder: Path, exchange: str) -> Venue:
    return open_venue(Catalog().load(exchange).profile, Network(gateway=server.url, cache_folder=folder))


@pytest.fixture
def ask(server: ExchangeServer, tmp_path: Path) -> Ask:
    """Ask an exchange of the world for the borrow rate of a coin."""
    return lambda exchange, coin: read_borrow(_venue(server, tmp_path, exchange), coin)


def _found(quote: BorrowQuote | None) -> BorrowQuote:
    assert quote is not None
    return quote


@pytest.mark.parametrize(
    ("exchange", "coin", "rate", "yearly", "available"),
    [
        ("bybit", "BTC", "0.000000503043", "0.00440665668", "300"),  # an hour: x 8760
        ("bybit", "USDT", "0.000004", "0.03504", "8000000"),
        ("okx", "BTC", "0.00019992", "0.0729708", "10"),  # a day: x 365
        ("okx", "USDT", "0.00043728", "0.1596072", "500000"),  # its own quota, not basic's
        ("bitget", "BTC", "0.00007", "0.02555", "26"),  # 0.02555 is Bitget's own annual rate beside it
        ("bitget", "USDT", "0.00041095", "0.14999675", "300000"),
        ("gate", "BTC", "0.00000042", "0.0036792", None),  # an hour
        ("gate", "USDT", "0.0000057", "0.049932", None),
        ("bitfinex", "BTC", "0.0000036", "0.001314", "812.5"),  # a day
        ("bitfinex", "USDT", "0.0003715", "0.1355975", "60617019.59"),  # fUST there
        ("backpack", "BTC", "0.0312", "0.0312", "90"),  # a year; 900 x (0.95 - 0.85) may be borrowed
    ],
)
def test_a_rate_keeps_its_period_and_has_its_year_beside_it(
    ask: Ask, exchange: str, coin: str, rate: str, yearly: str, available: str | None
):
    quote = _found(ask(exchange, coin))
    assert (quote.coin, quote.basis) == (coin, "reported")
    assert quote.rate == Decimal(rate)
    assert quote.period_hours == HOURS[exchange]
    assert quote.yearly_rate == Decimal(yearly)
    assert quote.available == (None if available is None else Decimal(available))
    assert quote.source.startswith(f"{exchange} ")


@each_lender
def test_one_request_is_enough_and_no_key_is_sent(ask: Ask, server: ExchangeServer, exchange: str):
    """The rate is public, and no market list is needed for it."""
    ask(exchange, "BTC")
    assert len(server.requests) == 1
    sent = server.requests[0]
    assert RATES_AT[exchange] in sent.url
    assert not any(word in name.lower() for name in sent.headers for word in ("key", "sign", "auth"))


@each_lender
def test_the_same_yearly_rate_in_every_period_is_the_same_money(ask: Ask, server: ExchangeServer, exchange: str):
    """8.76 % a year: 0.00001 an hour, 0.00024 a day. 10,000 for 30 days (720 h) cost 72 everywhere."""
    text = {1: "0.00001", 24: "0.00024", 8760: "0.0876"}[HOURS[exchange]]
    coin = Loan("BTC", text, "10")
    server.world = replace(server.world, loans={exchange: (coin,)})
    quote = _found(ask(exchange, "BTC"))
    assert quote.yearly_rate == Decimal("0.0876")
    assert interest(Decimal(10_000), quote.yearly_rate, Decimal(720)) == 72


@pytest.mark.parametrize("exchange", ["bybit", "bitget", "backpack"])
def test_the_time_of_a_rate_is_the_one_that_the_exchange_gives(ask: Ask, server: ExchangeServer, exchange: str):
    """Backpack's has no milliseconds here."""
    observed = _found(ask(exchange, "BTC")).observed_at
    assert observed is not None
    assert 0 <= server.world.now_ms - round(observed.timestamp() * 1000) < 1000


def test_gates_newest_hour_is_taken_with_its_time(ask: Ask, server: ExchangeServer):
    """The hours before it had another rate; a list in another order changes nothing."""
    server.faults.append(Fault("loan_rate", "rewrite", edit=lambda a: {**a, "rates": _older(a["rates"])}))
    quote = _found(ask("gate", "BTC"))
    assert quote.rate == Decimal("0.00000042")
    hour = server.world.now_ms // HOUR_MS * HOUR_MS // 1000
    assert quote.observed_at == datetime.fromtimestamp(hour, UTC)


def _older(rates: Any) -> Any:
    return [{"time": rates[0]["time"] - HOUR_MS, "rate": "0.0009"}, *rates]


def test_gates_factor_beside_the_rate_is_said_and_not_applied(server: ExchangeServer, tmp_path: Path):
    """No document says whether the rate contains its 18 %."""
    venue = _venue(server, tmp_path, "gate")
    assert _found(read_borrow(venue, "BTC")).rate == Decimal("0.00000042")
    assert len(venue.notes) == 1
    assert "1.18" in venue.notes[0]


@pytest.mark.parametrize("exchange", ["okx", "bybit", "bitget", "bitfinex", "backpack"])
def test_the_others_have_nothing_to_note(server: ExchangeServer, tmp_path: Path, exchange: str):
    venue = _venue(server, tmp_path, exchange)
    read_borrow(venue, "BTC")
    assert venue.notes == []


# -- samples of the exchanges' own documents ----------------------------------------------------------------------


def test_okx_sample_of_its_documents(ask: Ask, server: ExchangeServer):
    """`Get interest rate and loan quota`: USDT 500,000 at 0.00043728 a day, regular levels of 1 and 2."""
    sample = {
        "basic": [
            {"ccy": "USDT", "quota": "500000", "rate": "0.00043728"},
            {"ccy": "BTC", "quota": "10", "rate": "0.00019992"},
        ],
        "vip": [{"irDiscount": "", "loanQuotaCoef": "6", "level": "VIP1"}],
        "regular": [
            {"irDiscount": "", "loanQuotaCoef": "1", "level": "Lv1"},
            {"irDiscount": "", "loanQuotaCoef": "2", "level": "Lv1"},
        ],
    }
    server.answer("interest-rate-loan-quota", {"code": "0", "data": [sample], "msg": ""})
    quote = _found(ask("okx", "USDT"))
    assert (quote.rate, quote.period_hours, quote.available) == (Decimal("0.00043728"), 24, 500_000)


def test_okx_charges_ten_thousand_for_an_hour_by_the_daily_rate(ask: Ask, server: ExchangeServer):
    """vectors.json okx-borrow-hourly: 10,000 x 0.0003 / 24 = 0.125; taken for hourly it would be 3."""
    server.world = replace(server.world, loans={"okx": (Loan("BTC", "0.0003", "10"),)})
    quote = _found(ask("okx", "BTC"))
    assert interest(Decimal(10_000), quote.yearly_rate, Decimal(1)) == Decimal("0.125")


def test_bitget_sample_of_its_help_page(ask: Ask, server: ExchangeServer):
    """10,000 USDT from 00:10 to 02:30 are 3 hours at 0.0126279 % a day: 0.15784875 USDT."""
    server.world = replace(server.world, loans={"bitget": (Loan("USDT", "0.000126279", "1"),)})
    quote = _found(ask("bitget", "USDT"))
    assert interest(Decimal(10_000), quote.yearly_rate, Decimal(3)) == Decimal("0.15784875")


def test_bitfinex_sample_of_an_offer(ask: Ask, server: ExchangeServer):
    """Its help: 10,000 USD at 0.06 % a day pay 6.00 USD a day."""
    server.world = replace(server.world, loans={"bitfinex": (Loan("USD", "0.0006", "1"),)})
    quote = _found(ask("bitfinex", "USD"))
    assert round(interest(Decimal(10_000), quote.yearly_rate, Decimal(24)), 12) == 6


# -- what is not lent, and what cannot be read --------------------------------------------------------------------


@each_lender
def test_a_coin_that_the_exchange_does_not_list_has_no_quote(ask: Ask, exchange: str):
    assert ask(exchange, "NOSUCHCOIN") is None


@pytest.mark.parametrize(("exchange", "coin"), [("bybit", "XRP"), ("backpack", "SOL")])
def test_a_coin_that_is_listed_and_not_lent_has_no_quote(ask: Ask, exchange: str, coin: str):
    """Bybit says `borrowable: false`, Backpack a state in which a market takes repayments alone."""
    assert ask(exchange, coin) is None


@pytest.mark.parametrize("exchange", [name for name in EXCHANGES if name not in RATES_AT])
def test_who_publishes_no_rates_is_not_asked(server: ExchangeServer, tmp_path: Path, exchange: str):
    """Binance, KuCoin, HTX and WOO X show theirs to accounts alone."""
    venue = _venue(server, tmp_path, exchange)
    assert not venue.lends
    assert read_borrow(venue, "BTC") is None
    assert server.requests == []


@each_lender
def test_who_publishes_rates_says_so(server: ExchangeServer, tmp_path: Path, exchange: str):
    assert _venue(server, tmp_path, exchange).lends


RATE_FIELDS = ("hourlyBorrowRate", "rate", "dailyInterest", "borrowInterestRate")
LIMIT_FIELDS = ("maxBorrowingAmount", "quota", "limit", "lentQuantity")


def _spoilt(node: Any, names: tuple[str, ...], position: int, value: Any) -> Any:
    """An answer with other values in these fields; Bitfinex's rows have positions."""
    if isinstance(node, list) and node and isinstance(node[0], str) and node[0].startswith("f"):
        return [value if i == position else item for i, item in enumerate(node)]
    if isinstance(node, list):
        return [_spoilt(item, names, position, value) for item in node]
    if isinstance(node, dict):
        return {k: value if k in names else _spoilt(v, names, position, value) for k, v in node.items()}
    return node


@pytest.mark.parametrize("bad", [None, "", "much", "NaN", "1e999999999", {"a": 1}], ids=repr)
@each_lender
def test_a_rate_that_is_no_number_is_an_error_that_names_the_coin(
    ask: Ask, server: ExchangeServer, exchange: str, bad: Any
):
    """A missing rate must not become 0."""
    server.faults.append(Fault(RATES_AT[exchange], "rewrite", edit=lambda a: _spoilt(a, RATE_FIELDS, 1, bad)))
    with pytest.raises(ExchangeError, match=f"{exchange}: gave no readable borrow rate for BTC") as caught:
        ask(exchange, "BTC")
    assert "--borrow-rate" in caught.value.remedy


@pytest.mark.parametrize("share", ["-0.0001", "101"])
@each_lender
def test_a_rate_that_cannot_be_one_is_refused(ask: Ask, server: ExchangeServer, exchange: str, share: str):
    """Below zero, or above 10,000 % a year: 101 times the amount a year, in the exchange's own period."""
    rate = str(Decimal(share) * HOURS[exchange] / 8760)
    server.faults.append(Fault(RATES_AT[exchange], "rewrite", edit=lambda a: _spoilt(a, RATE_FIELDS, 1, rate)))
    with pytest.raises(ExchangeError, match="cannot be one"):
        ask(exchange, "BTC")


@each_lender
def test_a_rate_of_zero_is_a_rate(ask: Ask, server: ExchangeServer, exchange: str):
    server.faults.append(Fault(RATES_AT[exchange], "rewrite", edit=lambda a: _spoilt(a, RATE_FIELDS, 1, "0")))
    assert _found(ask(exchange, "BTC")).yearly_rate == 0


@pytest.mark.parametrize("bad", [None, "", "much", "NaN", "-5"], ids=repr)
@pytest.mark.parametrize("exchange", [name for name in RATES_AT if name != "gate"])
def test_an_amount_that_is_no_number_is_unknown_and_the_rate_stands(
    ask: Ask, server: ExchangeServer, exchange: str, bad: Any
):
    server.faults.append(Fault(RATES_AT[exchange], "rewrite", edit=lambda a: _spoilt(a, LIMIT_FIELDS, 16, bad)))
    quote = _found(ask(exchange, "BTC"))
    assert quote.yearly_rate > 0
    # a pool of less than nothing has nothing to lend
    assert quote.available == (0 if (exchange, bad) == ("backpack", "-5") else None)


@pytest.mark.parametrize("kind", ["html", "empty", "half", "drop"])
@each_lender
def test_an_answer_that_is_none_is_an_error_in_words(ask: Ask, server: ExchangeServer, exchange: str, kind: Any):
    server.faults.append(Fault(RATES_AT[exchange], kind))
    with pytest.raises(ExchangeError, match=f"^{exchange}: ") as caught:
        ask(exchange, "BTC")
    assert caught.value.remedy
    assert server.faults[0].used > 0


@pytest.mark.parametrize("status", [403, 451])
@each_lender
def test_a_place_that_is_not_served_is_said(ask: Ask, server: ExchangeServer, exchange: str, status: int):
    server.faults.append(Fault(RATES_AT[exchange], "status", status=status))
    with pytest.raises(ExchangeError, match="does not serve this location"):
        ask(exchange, "BTC")


SHAPES: dict[str, Callable[[Any], Any]] = {
    "a bare number": lambda answer: 12,
    "text": lambda answer: "rates",
    "null": lambda answer: None,
    "lists are text": lambda answer: _lists(answer, "rows"),
    "lists are numbers": lambda answer: _lists(answer, 7),
    "rows are text": lambda answer: _lists(answer, ["row"]),
}


def _lists(node: Any, value: Any) -> Any:
    """An answer whose innermost lists of rows are something else; Bitget's single row too."""
    if isinstance(node, dict) and "dailyInterest" in node:
        return value
    if isinstance(node, list) and not any("list" in row or "basic" in row for row in node if isinstance(row, dict)):
        return value
    if isinstance(node, dict):
        return {k: _lists(v, value) for k, v in node.items()}
    return [_lists(item, value) for item in node] if isinstance(node, list) else node


@pytest.mark.parametrize("shape", SHAPES)
@each_lender
def test_a_wrong_shape_is_an_error_or_no_quote_and_never_a_traceback(
    ask: Ask, server: ExchangeServer, exchange: str, shape: str
):
    server.faults.append(Fault(RATES_AT[exchange], "rewrite", edit=SHAPES[shape]))
    if shape == "rows are text" and exchange in ("bybit", "okx"):
        assert ask(exchange, "BTC") is None  # rows that are none are none of this coin's
        return
    with pytest.raises(ExchangeError, match=f"^{exchange}: "):
        ask(exchange, "BTC")
