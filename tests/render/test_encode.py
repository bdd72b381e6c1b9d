"""JSON as the contract says: plain decimals, times with Z, null."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.render.encode import flat, number_text, time_text, to_json


@dataclass(frozen=True)
class Inner:
    amount: D
    none: None = None


@dataclass(frozen=True)
class Outer:
    rate: D
    inner: Inner
    rows: tuple[Inner, ...]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1E-7", "0.0000001"),
        ("1E+3", "1000"),
        ("0E-18", "0"),
        ("-0.000", "0"),
        ("0.00010000", "0.0001"),
        ("1e15", "1" + "0" * 15),
        ("1E-30", "0." + "0" * 29 + "1"),
        ("123456789.123456789", "123456789.123456789"),
        ("-1.10", "-1.1"),
    ],
)
def test_a_number_is_plain_decimal(number, text):
    assert to_json(D(number)).decode() == text


def test_a_ratio_is_written_with_34_digits():
    from decimal import localcontext

    with localcontext(prec=50):
        assert number_text(D(1) / 3) == "0." + "3" * 34
        assert number_text(D(2) / 3) == "0." + "6" * 33 + "7"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=D("-1e15"), max_value=D("1e15"), places=18))
def test_a_ledger_line_is_written_exactly(number):
    assert D(to_json(number).decode()) == number


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (datetime(2026, 1, 5, 8, tzinfo=UTC), "2026-01-05T08:00:00Z"),
        (datetime(2026, 1, 5, 8, 0, 0, 9000, tzinfo=UTC), "2026-01-05T08:00:00.009Z"),
        (datetime.fromisoformat("2026-01-05T10:30:00+02:30"), "2026-01-05T08:00:00Z"),
    ],
)
def test_a_time_is_iso_8601_with_z(time, text):
    assert time_text(time) == text
    assert json.loads(to_json(time)) == text


def test_a_record_keeps_its_order_and_null_is_null():
    record = Outer(D("1E-7"), Inner(D("2.50")), (Inner(D(1)),))
    assert to_json(record).decode() == (
        '{"rate":0.0000001,"inner":{"amount":2.5,"none":null},"rows":[{"amount":1,"none":null}]}'
    )


def test_text_is_escaped_and_comes_back_as_it_was():
    written = to_json({"a": [True, 3, "ü\x1b\n"]})
    assert json.loads(written) == {"a": [True, 3, "ü\x1b\n"]}
    assert b"\x1b" not in written
    assert b"\n" not in written


def test_indented_json_is_the_same_document():
    record = Outer(D("1E-7"), Inner(D("2.50")), ())
    assert json.loads(to_json(record, indent=2)) == json.loads(to_json(record))
    assert b"\n  " in to_json(record, indent=2)


def test_a_record_in_a_record_has_dotted_names():
    names = flat(Outer(D(1), Inner(D(2)), ()))
    assert list(names) == ["rate", "inner.amount", "inner.none", "rows"]


def test_what_has_no_json_form_is_a_type_error():
    with pytest.raises(TypeError):
        to_json(object())
