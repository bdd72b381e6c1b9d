"""Text from outside, made harmless: nothing in it moves the cursor, colours the screen or reorders the line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.render.safe import harmless


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("BTC/USDT:USDT", "BTC/USDT:USDT"),
        ("Binance USDⓈ-M", "Binance USDⓈ-M"),
        ("Börse 交易所 ₿", "Börse 交易所 ₿"),
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("a\x1b[2J\x1b[Hb", "ab"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]8;;https://x.test\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
        ("a\x9b31mb", "ab"),
        ("a\x9d0;title\x9cb", "ab"),
        ("one\ntwo\r\nthree", "onetwothree"),
        ("a\tb", "a b"),
        ("a\x00\x07\x08\x7fb", "ab"),
        ("a\u202egnp.exe\u202c", "agnp.exe"),  # right-to-left override
        ("a\u2066b\u2069", "ab"),
        ("a\u200bb\u200f\ufeff", "ab"),
        ("a\u2028b\u2029", "ab"),
        ("a\U000e0041b", "ab"),  # tag characters
        ("a\ud800b", "ab"),  # half a surrogate pair
        ("a\x1b", "a"),
        ("[red]BTC[/red] :rocket: 1:100:5", "[red]BTC[/red] :rocket: 1:100:5"),
    ],
)
def test_what_could_act_is_taken_away_and_what_can_be_read_stays(text, left):
    assert harmless(text) == left


@given(st.text())
def test_nothing_that_is_left_can_act_on_a_terminal(text):
    left = harmless(text)
    left.encode()
    assert not [char for char in left if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    assert not [
        char
        for char in left
        if unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    ]
    assert harmless(left) == left


@given(st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="\u180e"), max_size=40))
def test_letters_digits_and_signs_of_any_script_stay(text):
    visible = "".join(char for char in text if not 0xFE00 <= ord(char) <= 0xFE0F)
    assert harmless(text) == visible
