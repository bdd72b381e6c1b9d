"""Symbols as people type them, read by their form alone (DESIGN §3, "Symbols")."""

import pytest

from fundcli.core.symbols import Wanted, read_symbol, unified
from fundcli.errors import UsageError

LINEAR = "BTC/USDT:USDT"


@pytest.mark.parametrize(
    "text",
    ["BTC", "btc", "BTCUSDT", "btcusdt", "BTC/USDT", "BTC/USDT:USDT", "BTC-USDT", "BTC_USDT", "BTC-USDT-SWAP", " BTC "],
)
def test_every_form_of_the_main_contract_is_the_same_symbol(text):
    assert unified(text, LINEAR) == "BTC/USDT:USDT"


@pytest.mark.parametrize(
    ("text", "main", "symbol"),
    [
        ("ETH", "BTC/USDC:USDC", "ETH/USDC:USDC"),
        ("ETH", "BTC/USD:USD", "ETH/USD:USD"),
        ("ETHUSD", LINEAR, "ETH/USD:ETH"),
        ("ETH/USD:ETH", LINEAR, "ETH/USD:ETH"),
        ("ETH", "BTC/USD:BTC", "ETH/USD:ETH"),
        ("ETHUSDC", LINEAR, "ETH/USDC:USDC"),
        ("1000PEPEUSDT", LINEAR, "1000PEPE/USDT:USDT"),
        (None, LINEAR, LINEAR),
    ],
)
def test_what_is_left_out_comes_from_the_exchanges_main_contract(text, main, symbol):
    assert unified(text, main) == symbol


def test_the_longest_quote_is_taken_from_the_end():
    assert read_symbol("BTCUSDT") == Wanted("BTC", "USDT")
    assert read_symbol("BTCFDUSD") == Wanted("BTC", "FDUSD")


def test_a_quote_alone_is_a_base():
    assert read_symbol("USDC") == Wanted("USDC")


@pytest.mark.parametrize(
    "text", ["", "  ", "BTC USDT", "BTC/", "/USDT", "BTC/USDT:", "BTC//USDT", "A" * 41, "BTC:USDT"]
)
def test_what_has_no_form_of_a_symbol_is_refused(text):
    with pytest.raises(UsageError):
        read_symbol(text)


@pytest.mark.parametrize("text", ["BTC/USDT:USDT-260327", "BTCUSD_260327", "BTC-USD-260327"])
def test_a_dated_future_pays_no_funding_and_is_refused(text):
    with pytest.raises(UsageError, match="dated"):
        read_symbol(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [("BTC\x1b", "U+001B"), ("B\x00TC", "U+0000"), ("BTC\u202e", "U+202E"), ("\u200bBTC/USDT", "U+200B")],
)
def test_a_character_that_cannot_be_seen_is_refused_in_words(text, code):
    with pytest.raises(UsageError, match=r"cannot be seen, " + code.replace("+", r"\+")) as caught:
        read_symbol(text)
    assert caught.value.message.isprintable()


def test_a_coin_named_in_chinese_is_a_symbol():
    assert read_symbol("币安人生USDT") == Wanted("币安人生", "USDT")
