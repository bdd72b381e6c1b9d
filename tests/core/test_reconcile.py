"""Booked payments and their causes. A long of 2 at 50,000 and 0.01 % pays 2 x 50,000 x 0.0001 = 10."""

from dataclasses import asdict
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundcli.core.booked import Booking, Digits, Known
from fundcli.core.reconcile import reconcile, summed

HOUR = 3_600_000
START = 1_704_067_200_000  # 2024-01-01 00:00 UTC
BTC, INVERSE = "BTC/USDT:USDT", "BTC/USD:BTC"


def row(booked, hour=0, line=2, symbol=BTC, size="2", rate="0.0001", price="50000", **more):
    def number(text):
        return None if text is None else D(text)

    return Booking(
        line=line, symbol=symbol, currency=symbol.rpartition(":")[2], time_ms=START + hour * HOUR, booked=D(booked),
        size=number(size), rate=number(rate), price=number(price), **more,
    )  # fmt: skip


def judged(*rows, known=None, unit="1e-8", tolerance=None, own_sizes=True, symbol=BTC):
    digits = Digits(unit=D(unit), tolerance=None if tolerance is None else D(tolerance))
    return reconcile(rows, {symbol: known or Known()}, digits, own_sizes)


def causes(*rows, **more):
    return [(p.cause, p.note) for p in judged(*rows, **more)]


def at(hour, *numbers):
    """Numbers by settlement, 8 hours apart from `hour` on."""
    return {START + (hour + 8 * i) * HOUR: D(n) for i, n in enumerate(numbers)}


def test_a_payment_as_computed_is_exact_and_has_no_difference():
    (paid,) = judged(row("-10"))
    assert (paid.cause, paid.expected, paid.difference, paid.computed) == ("exact", D(-10), D(0), D(-10))
    assert (paid.implied_size, paid.implied_rate, paid.implied_price) == (D(2), D("0.0001"), D(50000))
    assert (paid.size_basis, paid.rate_basis, paid.price_basis) == ("export", "export", "export")


@pytest.mark.parametrize("booked", ["-0.00500012", "-0.00500013"])
def test_a_payment_cut_off_or_rounded_in_its_last_digit_is_exact(booked):
    """0.001 x 50,001.234 x 0.0001 = 0.0050001234."""
    (paid,) = judged(row(booked, size="0.001", price="50001.234"))
    assert (paid.cause, paid.difference, paid.computed) == ("exact", D(0), D("-0.0050001234"))


def test_what_half_a_last_digit_of_rate_and_price_may_make_is_rounding():
    """Half of 1e-8 of 0.0001 is 5e-5, half a unit of 50,000 is 1e-5: 6e-5 of 10 is 0.0006, but not 0.0007."""
    (paid,) = judged(row("-10.0005"))
    assert (paid.cause, paid.difference) == ("rounding", D("-0.0005"))
    assert causes(row("-10.0007"))[0][0] == "price"


def test_a_tolerance_makes_a_difference_up_to_it_exact():
    assert causes(row("-10.01"), tolerance="0.01") == [("exact", "")]
    assert causes(row("-10.02"), tolerance="0.01")[0][0] != "exact"


def test_an_amount_with_its_sign_turned_is_named():
    (paid,) = judged(row("10"))
    assert (paid.cause, paid.expected, paid.booked, paid.difference) == ("sign", D(-10), D(10), D(20))


@pytest.mark.parametrize(
    ("booked", "note"),
    [("-80", "8 settlements at once"), ("-1.25", "1/8 of the settlement"), ("-240", "24 settlements at once")],
)
def test_a_multiple_of_a_settlement_is_an_interval(booked, note):
    assert causes(row(booked)) == [("interval", note)]


def test_the_sum_of_settlements_at_their_own_rates_is_an_interval():
    """0.01 % and 0.035 % before: 10 + 35 = 45."""
    known = Known(rates=at(-8, "0.00035", "0.0001"))
    assert causes(row("-45"), known=known) == [("interval", "the sum of 2 settlements")]


def test_samples_multiply_a_payment():
    """Three samples: 30; booked as one of them: a third."""
    assert causes(row("-30", samples=D(3))) == [("exact", "")]
    assert causes(row("-10", samples=D(3))) == [("interval", "1/3 of the settlement")]


@pytest.mark.parametrize(
    ("booked", "known", "note"),
    [
        ("-25", Known(rates=at(-8, "0.00025", "0.0001")), "fits the rate 0.025% of the settlement before"),
        ("-23", Known(rates=at(0, "0.0001", "0.00023")), "fits the rate 0.023% of the settlement after"),
        ("-15", Known(rates=at(0, "0.00015")), "fits the rate 0.015% of the lake"),
        (
            "-17",
            Known(revisions={START: [D("0.00013"), D("0.00017")]}),
            "fits the rate 0.017% of a revision in the lake",
        ),
    ],
)
def test_another_rate_that_fits_is_named(booked, known, note):
    (paid,) = judged(row(booked), known=known)
    assert (paid.cause, paid.note) == ("rate", note)
    assert paid.implied_rate == D(note.split()[3].rstrip("%")) / 100


def test_another_price_that_fits_is_named_with_the_price_implied():
    """2 x 50,500 x 0.0001 = 10.1."""
    known = Known(other_prices={"the index price": at(0, "50500")})
    (paid,) = judged(row("-10.1"), known=known)
    assert (paid.cause, paid.note, paid.implied_price) == ("price", "fits the index price 50500", D(50500))
    assert causes(row("-10.1", prices={"last": D(50500)})) == [("price", "fits last 50500")]
    before = Known(rates=at(-8, "0.0001", "0.0001"), prices=at(-8, "50500", "50000"))
    assert causes(row("-10.1"), known=before) == [("price", "fits the price of the settlement before 50500")]


def test_a_price_near_the_one_known_is_a_price_where_no_size_fits():
    """50,250 is half a percent off; 2.01 is no whole coin, and 2 is what the export has."""
    assert causes(row("-10.05")) == [("price", "near the price, but no known one fits")]


def test_the_size_held_before_or_afterwards_is_named():
    """3 of them pay 15, 5 pay 25, none pays nothing."""
    before, now, after = row("-15", size="3"), row("-15", 8, 3), row("-25", 16, 4, size="5")
    assert causes(before, now, after)[1] == ("size", "fits the size 3 of the settlement before")
    assert causes(before, row("-25", 8, 3), after)[1] == ("size", "fits the size 5 of the settlement after")
    assert causes(row("0")) == [("size", "fits the size 0 of no position")]
    known = Known(positions=[(START - 9 * HOUR, D(3)), (START - HOUR, D(2)), (START, D(7))])
    assert causes(row("-15", size=None), known=known) == [("size", "fits the size 3 held before")]
    assert causes(row("-35", size=None), known=known) == [("size", "fits the size 7 held afterwards")]


def test_a_size_in_the_steps_of_the_known_ones_is_named():
    """1.3 x 5 = 6.5, and sizes go by 0.1."""
    (paid,) = judged(row("-6.5", size="2.5"))
    assert (paid.cause, paid.note, paid.implied_size) == ("size", "fits the size 1.3", D("1.3"))


def test_what_fits_nothing_is_unknown_and_shows_what_it_implies():
    (paid,) = judged(row("-13.37"))
    assert (paid.cause, paid.implied_size, paid.difference) == ("unknown", D("2.674"), D("-3.37"))


def test_a_rate_of_zero_expects_nothing():
    assert causes(row("0", rate="0")) == [("exact", "")]
    assert causes(row("-10", rate="0")) == [("unknown", "nothing known fits")]


def test_a_settlement_booked_twice_is_a_duplicate_of_the_first():
    first, second = judged(row("-10"), row("-10", line=3))
    assert (first.cause, second.cause, second.note) == ("exact", "duplicate", "as line 2")
    assert (second.expected, second.difference) == (D(0), D(-10))


def test_two_positions_of_one_contract_are_two_payments():
    assert causes(row("-10"), row("15", line=3, size="-3")) == [("exact", ""), ("exact", "")]


def test_parts_of_one_payment_are_judged_together_where_the_size_is_one():
    """4 + 6 = 10, in two bookings."""
    known = Known(positions=[(START - HOUR, D(2))])
    (paid,) = judged(row("-4", size=None), row("-6", line=3, size=None), known=known, own_sizes=False)
    assert (paid.cause, paid.booked, paid.bookings, paid.size_basis) == ("exact", D(-10), 2, "given")


def test_a_settlement_without_booking_between_two_of_the_same_position_is_missing():
    rows = [row("-10", hour, 2 + i) for i, hour in enumerate((0, 8, 16, 32, 40, 48))]
    found = judged(*rows)
    assert [p.cause for p in found] == ["exact"] * 3 + ["missing"] + ["exact"] * 3
    assert (found[3].line, found[3].bookings, found[3].expected, found[3].note) == (None, 0, None, "no rate is known")
    known = Known(rates=at(24, "0.0002"), prices=at(24, "60000"))
    lost = judged(*rows, known=known)[3]
    assert (lost.expected, lost.booked, lost.difference) == (D(-24), D(0), D(24))


def test_no_booking_is_missed_where_the_position_may_have_been_closed():
    rows = [row("-10", hour, 2 + i) for i, hour in enumerate((0, 8, 16))]
    rows += [row("-15", hour, 9 + i, size="3") for i, hour in enumerate((32, 40, 48))]
    assert [p.cause for p in judged(*rows)] == ["exact"] * 6


def test_given_positions_say_what_is_missing_up_to_the_ends_of_the_export():
    """Held from before the first settlement until after the third, booked at the second and fourth: none at that."""
    known = Known(
        rates=at(0, "0.0001", "0.0001", "0.0001", "0.0001"), prices=at(0, *["50000"] * 4),
        positions=[(START - HOUR, D(2)), (START + 17 * HOUR, D(0))],
    )  # fmt: skip
    rows = [row("-10", 8, 2, size=None), row("0", 24, 3, size=None), row("-1", 0, 4, symbol="ETH/USDT:USDT", size=None)]
    found = [p for p in judged(*rows, known=known, own_sizes=False) if p.symbol == BTC]
    assert [(p.time.hour, p.cause) for p in found] == [(0, "missing"), (8, "exact"), (16, "missing"), (0, "exact")]


def test_a_position_opened_at_the_very_settlement_is_not_held_into_it():
    known = Known(positions=[(START, D(2))])
    assert known.size_at(START) is None
    assert known.size_at(START + 1) == D(2)


def test_without_a_size_the_implied_ones_are_compared_and_a_jump_is_named():
    """10 / 5 = 2, again 2, then 15 / 5 = 3."""
    rows = [row(b, 8 * i, 2 + i, size=None) for i, b in enumerate(("-10", "-10", "-15"))]
    found = judged(*rows, own_sizes=False)
    assert [(p.cause, p.note, p.implied_size) for p in found] == [
        ("implied", "", D(2)), ("implied", "", D(2)), ("size", "jumps from 2 to 3", D(3)),
    ]  # fmt: skip
    assert {p.expected for p in found} == {None}


def test_without_a_price_the_product_is_compared_with_its_neighbours():
    """Prices implied: 50,000, 51,000, 50,000; then 100,000 (two at once) and a negative one."""
    booked = ("-10", "-10.2", "-10", "-20", "10")
    found = judged(*[row(b, 8 * i, 2 + i, price=None) for i, b in enumerate(booked)])
    assert [p.cause for p in found] == ["exact", "exact", "exact", "interval", "sign"]
    assert (found[1].price, found[1].price_basis, found[1].difference) == (D(51000), "implied", D(0))
    assert found[3].note == "about 2 settlements at once"


def test_without_a_rate_nothing_is_expected():
    (paid,) = judged(row("-10", rate=None))
    assert (paid.cause, paid.note, paid.expected, paid.implied_rate) == (
        "unknown",
        "no rate is known",
        None,
        D("0.0001"),
    )


@pytest.mark.parametrize(("receives", "booked", "rate", "size", "cause"), [
    (False, "-10", "0.0001", 2, "exact"), (True, "10", "0.0001", -2, "exact"), (True, "10", "-0.0001", 2, "exact"),
    (False, "10", "0.0001", 2, "sign"),
])  # fmt: skip
def test_a_side_that_the_export_does_not_tell_follows_from_who_received(receives, booked, rate, size, cause):
    (paid,) = judged(row(booked, rate=rate, receives=receives))
    assert (paid.size, paid.cause) == (D(size), cause)


@pytest.mark.parametrize(
    ("booked", "cause", "note"),
    [
        ("-0.000125", "exact", ""), ("0.000125", "sign", "the amount with its sign turned"),
        ("-0.001", "interval", "8 settlements at once"), ("-0.0001", "price", "fits the index price 10000"),
    ],
)  # fmt: skip
def test_an_inverse_contract_is_paid_in_coin(booked, cause, note):
    """Bybit's example: 10,000 USD at 8,000 and 0.01 % pay 0.000125 BTC; at an index of 10,000 they pay 0.0001."""
    known = Known(other_prices={"the index price": at(0, "10000")})
    (paid,) = judged(row(booked, symbol=INVERSE, size="10000", price="8000"), known=known, symbol=INVERSE)
    assert (paid.cause, paid.note, paid.currency) == (cause, note, "BTC")


def test_totals_are_by_contract_and_in_all_and_money_of_two_currencies_is_not_added():
    paid = [*judged(row("-10"), row("10", 8, 3)), *judged(row("-0.000125", symbol=INVERSE, size="10000", price="8000"),
                                                         symbol=INVERSE)]  # fmt: skip
    answer = summed("bybit", "bybit-api", paid)
    linear, inverse = answer.contracts
    assert (linear.symbol, linear.payments, linear.booked, linear.expected, linear.difference) == (
        BTC, 2, D(0), D(-20), D(20),
    )  # fmt: skip
    assert (linear.causes.exact, linear.causes.sign, linear.differing, linear.unchecked) == (1, 1, 1, 0)
    assert (inverse.booked, inverse.currency) == (D("-0.000125"), "BTC")
    assert (answer.totals.booked, answer.totals.currency, answer.totals.payments) == (None, None, 3)
    assert sum(asdict(answer.totals.causes).values()) == 3


_SIZES = st.integers(1, 400).map(lambda n: D(n) / 4)
_RATES = st.integers(-300, 300).filter(bool).map(lambda n: D(n) / 10**6)
_PRICES = st.integers(1_000_000, 9_000_000).map(lambda n: D(n) / 100)


@settings(max_examples=60)
@given(st.lists(st.tuples(_SIZES, st.booleans(), _RATES, _PRICES), min_size=3, max_size=12), st.data())
def test_payments_of_known_positions_reconcile_to_zero_and_a_perturbed_one_is_named(parts, data):
    """Sizes by 0.25, rates by 1e-6, prices by 0.01: the product has at most 10 digits behind the point."""
    rows = []
    for i, (size, short, rate, price) in enumerate(parts):
        signed = -size if short else size
        rows.append(row(-signed * price * rate, 8 * i, 2 + i, size=signed, rate=rate, price=price))
    whole = judged(*rows, unit="1e-10")
    assert [p.cause for p in whole] == ["exact"] * len(rows)
    assert sum(p.difference for p in whole) == 0
    place = data.draw(st.integers(0, len(rows) - 1))
    kind = data.draw(st.sampled_from(["sign", "interval", "price", "duplicate", "rounding"]))
    old = rows[place]
    last = rows[place].price * D("1.017")
    new = {
        "sign": row(-old.booked, 8 * place, old.line, size=old.size, rate=old.rate, price=old.price),
        "interval": row(old.booked * 8, 8 * place, old.line, size=old.size, rate=old.rate, price=old.price),
        "price": row(old.booked * D("1.017"), 8 * place, old.line, size=old.size, rate=old.rate, price=old.price,
                     prices={"last": last}),
        "duplicate": row(old.booked, 8 * place, 99, size=old.size, rate=old.rate, price=old.price),
        "rounding": row(old.booked * D("1.0000001"), 8 * place, old.line, size=old.size, rate=old.rate,
                        price=old.price),
    }[kind]  # fmt: skip
    changed = [*rows, new] if kind == "duplicate" else [*rows[:place], new, *rows[place + 1 :]]
    found = judged(*changed, unit="1e-10")
    wrong = [p for p in found if p.cause != "exact"]
    assert len(wrong) == 1
    # A price 1.7 % off may be the rate of a neighbour that is 1.7 % larger as well: both fit, and the rate is named.
    assert wrong[0].cause in ({"price", "rate"} if kind == "price" else {kind})
    assert wrong[0].line == (99 if kind == "duplicate" else old.line)
