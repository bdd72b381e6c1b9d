"""Unified accounts: several kinds of money and borrowed coins on one balance, against the same counted in fractions."""

import time
from dataclasses import replace
from decimal import Decimal as D
from fractions import Fraction as F
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from fundcli.core.book import book
from fundcli.core.book_liquidation import deaths
from fundcli.core.book_margin import pools, standing
from fundcli.core.liquidation import MaintenanceTier
from tests.core.holdings import JOINED, NOW, STEPS, TIERS, perp, spot


def priced(held, balance, shocks=(), currency="USDT"):
    return book(None, held, {"a": D(balance)}, NOW, [D(each) for each in shocks], [], {"a": currency})


def price_of(held, balance, number, currency="USDT"):
    (pool,) = pools(held, {"a": D(balance)}, {"a": currency})
    price, unknown = deaths(pool)[number]
    assert unknown is None
    return price


def near(price, wanted):
    return abs(price - wanted) < D("1e-18") * wanted


def test_a_reverse_carry_in_one_account_dies_of_its_maintenance_margin_alone():
    """1 BTC sold for 60,000 and bought as a perpetual, on 20,000: 80,000 - P + (P - 60,000) = 20,000 at every price,
    and 0.5 % of P is that at 4,000,000. With 2 % asked for the debt 20,000 / 0.025."""
    held = [spot(1, "short", 1, 60_000), perp(2, "long", 1, 60_000, 60_000)]
    assert near(price_of(held, 80_000, 2), 4_000_000)
    assert near(price_of(held, 80_000, 1), 4_000_000)
    assert near(price_of([replace(held[0], tiers=(MaintenanceTier(D("0.02")),)), held[1]], 80_000, 1), 800_000)
    result = priced(held, 80_000, ["-0.9", "9", "69"])
    (account,), (total,) = result.accounts, result.totals
    assert (account.equity, account.collateral, account.maintenance_margin) == (20_000, -60_000, 300)
    assert (total.equity, total.collateral, total.spot_value, total.unrealised_pnl) == (20_000, -60_000, -60_000, 0)
    assert (result.coins[0].net, result.positions[0].collateral) == (0, -60_000)
    down, up, far = result.stress
    assert [path.liquidated for path in (down, up, far)] == [(), (), (1, 2)]
    assert (up.money[0].pnl, up.money[0].net, up.money[0].equity) == (0, 0, 20_000)
    assert (far.money[0].pnl, far.money[0].net, far.money[0].equity) == (0, -20_000, 0)  # the debt is bought back


def test_borrowed_coins_without_a_perpetual_of_them_kill_the_account_by_their_own_rise():
    """10 ETH owed at 3,000, 1 BTC long at 60,000 on 50,000: 50,000 - 10 P = 0.5 % of 60,000, at 4,970."""
    held = [spot(1, "short", 10, 3_000, coin="ETH"), perp(2, "long", 1, 60_000, 60_000)]
    assert near(price_of(held, 50_000, 1), D(4_970))
    assert near(price_of(held, 50_000, 2), D(40_000) / D("0.995"))  # 50,000 - 30,000 + P - 60,000 = 0.005 P
    result = priced(held, 50_000)
    assert near(result.positions[0].liquidation_distance, D(4_970) / 3_000 - 1)
    # 20,000 / 59,700 away is BTC, 65.67 % ETH
    assert (result.nearest_position, result.exchanges[0].nearest_position) == (2, 2)


def test_an_inverse_contract_gains_a_straight_line_of_money_in_an_account_of_money():
    """60,000 USD long from 60,000, Q (P / E - 1): on 20,000 dead at P - 60,000 + 20,000 = 300; in coin on 1 / 3 BTC it
    would be Q (s + m) / (s Q / E + W) = 60,300 / (4 / 3). Short it dies at 80,000 - P = 300."""
    held = [perp(1, "long", 60_000, 60_000, 60_000, settle="BTC")]
    assert near(price_of(held, 20_000, 1), 40_300)
    assert near(price_of(held, D(1) / 3, 1, "BTC"), D(60_300) * 3 / 4)
    assert near(price_of([perp(1, "short", 60_000, 60_000, 60_000, settle="BTC")], 20_000, 1), 79_700)
    result = priced([replace(held[0], price=D(66_000))], 20_000, ["0.5"])
    (account,), (exchange,), (row,) = result.accounts, result.exchanges, result.positions
    gain = 1 - D(60_000) / 66_000  # of a BTC, worth 6,000
    assert abs(row.unrealised_pnl - gain) < D("1e-17")
    assert abs(account.equity - 26_000) < D("1e-20")
    assert abs(account.initial_margin - 12_000) < D("1e-20")
    assert abs(account.maintenance_margin - 300) < D("1e-20")
    assert abs(exchange.unrealised_pnl - 6_000) < D("1e-17")
    assert exchange.margin + exchange.collateral + exchange.unrealised_pnl == exchange.equity
    totals = {each.currency: each for each in result.totals}
    assert (totals["BTC"].margin, totals["BTC"].equity, totals["USDT"].margin) == (0, 0, 20_000)
    assert abs(totals["USDT"].equity - 26_000) < D("1e-17")
    (money,) = result.stress[0].money
    assert (money.currency, abs(money.pnl - 33_000) < D("1e-17")) == ("USDT", True)  # 60,000 x 0.5 x 66 / 60
    # 60,000 / 66,000 of the contract and the coins gained are 1 BTC: what the account has to lose or gain a dollar by
    assert abs(result.coins[0].net_with_collateral - 1) < D("1e-17")


def test_tiers_of_an_inverse_contract_count_coins_and_a_fall_leads_up_them():
    """Long 60,000 USD at 60,000: 1 BTC, 1 % up to 1.2 BTC, 5 % beyond, which is below 50,000. On 12,000 at 50,000 there
    are 2,000 of 600 and then of 3,000."""
    tiers = (MaintenanceTier(D("0.01"), up_to=D("1.2")), MaintenanceTier(D("0.05")))
    held = [perp(1, "long", 60_000, 60_000, 60_000, settle="BTC", tiers=tiers)]
    assert price_of(held, 12_000, 1) == 50_000
    assert near(price_of(held, 10_500, 1), 50_100)  # 1 % already: P - 49,500 = 600
    assert near(price_of(held, 15_000, 1), 48_000)  # P - 45,000 = 3,000


def test_dollars_count_at_par_and_once():
    """BTC/USDC short 1 from 60,000 at 59,000, ETH/USDT long 10 from 3,000 at 3,100, on 20,000 USDT."""
    held = [
        perp(1, "short", 1, 60_000, 59_000, settle="USDC"),
        perp(2, "long", 10, 3_000, 3_100, coin="ETH"),
    ]
    result = priced(held, 20_000, ["0.1"])
    totals = {each.currency: each for each in result.totals}
    assert [(each.unrealised_pnl, each.margin, each.equity) for each in totals.values()] == [
        (1_000, 0, 0), (1_000, 20_000, 22_000),
    ]  # fmt: skip
    (exchange,), (money,) = result.exchanges, result.stress[0].money
    assert (exchange.currency, exchange.unrealised_pnl, exchange.equity) == ("USDT", 2_000, 22_000)
    assert (money.currency, money.pnl, money.equity) == ("USDT", -5_900 + 3_100, 19_200)


def test_a_coin_that_is_owed_stays_the_same_debt_in_an_account_of_that_coin():
    """Long 60,000 USD at 60,000 on 1.5 BTC, 0.5 owed: 1 BTC of equity; 60,300 / (1 + 1)."""
    held = [perp(1, "long", 60_000, 60_000, 60_000, settle="BTC"), spot(2, "short", "0.5", 60_000)]
    assert near(price_of(held, "1.5", 1, "BTC"), 30_150)
    assert near(price_of(held, "1.5", 2, "BTC"), 30_150)
    result = priced(held, "1.5", currency="BTC")
    assert (result.accounts[0].collateral, result.accounts[0].equity) == (D("-0.5"), 1)
    assert result.coins[0].net_with_collateral == 1 - D("0.5") + D("1.5")


def test_spot_that_is_sold_short_outside_of_an_account_is_no_debt_of_one():
    held = [perp(1, "long", 1, 60_000, 60_000), spot(2, "short", 1, 60_000, account=None)]
    result = priced(held, 20_000)
    assert (result.accounts[0].equity, result.positions[1].collateral) == (20_000, 0)
    assert result.positions[1].liquidation_price is None


# -- any account against fractions --------------------------------------------------------------------------------


def tier_of(held, notional: F, beyond: int):
    """The tier of a notional; beyond: -1 just below the notional, 1 just above it, 0 at it."""
    for tier in held.tiers:
        if tier.up_to is None or notional < F(tier.up_to) or (notional == F(tier.up_to) and beyond <= 0):
            return tier
    return held.tiers[-1]


def excess(held, balance, share: F, coin=None, side: int = 0) -> F:
    """Equity less maintenance margin and fees in dollars, all prices (or those of one coin) at `share` of now; side: 1
    just above that share, -1 just below it."""
    total = F(balance)
    for each in held:
        moves = coin in (None, each.coin)
        size, price, sign = F(each.position.size), F(each.price) * (share if moves else 1), each.position.sign
        if each.market == "spot":
            if sign < 0:
                total -= size * price * (1 + (F(each.tiers[0].rate) if each.tiers else 0))
            elif each.haircut is not None:
                total += size * price * (1 - F(each.haircut))
            continue
        entry, beyond = F(each.position.price), side if moves else 0
        if each.position.inverse:
            coins = size / price
            tier = tier_of(each, coins, -beyond)
            total += sign * size * (price / entry - 1)
            total -= (coins * (F(tier.rate) + F(each.closing_fee)) - F(tier.amount)) * price
        else:
            tier = tier_of(each, size * price, beyond)
            total += sign * size * (price - entry)
            total -= size * price * (F(tier.rate) + F(each.closing_fee)) - F(tier.amount)
    return total


def borders(held, coin=None) -> list[F]:
    """The shares at which a tier ends."""
    found = set()
    for each in held:
        if each.market == "perp" and coin in (None, each.coin):
            size, price = F(each.position.size), F(each.price)
            ends = [F(tier.up_to) for tier in each.tiers if tier.up_to is not None]
            found |= {size / price / end if each.position.inverse else end / (size * price) for end in ends}
    return sorted(found)


def turns(held, balance, coin) -> list[F]:
    """Every share at which the excess changes its sign: at the end of a tier, or in a stretch between two, where the
    chord meets zero and the excess is zero to the last digit."""
    marks = [F(1, 10**30), *borders(held, coin), F(10**30)]
    found = [mark for mark in marks[1:-1]
             if (excess(held, balance, mark, coin, -1) > 0) != (excess(held, balance, mark, coin, 1) > 0)]  # fmt: skip
    for low, high in pairwise(marks):
        left, right = excess(held, balance, low, coin, 1), excess(held, balance, high, coin, -1)
        if (left > 0) != (right > 0):
            found.append(low - left * (high - low) / (right - left))
            assert excess(held, balance, found[-1], coin) == 0 or found[-1] in (low, high)
    return found


SIDES = st.sampled_from(["long", "short"])
COINS = st.decimals("0.01", "5", places=3)
LEVELS = st.decimals("0.6", "1.6", places=3)
FEES = st.sampled_from(["0", "0.0006"])


@st.composite
def accounts(draw):
    """Up to five perpetuals of two coins, linear in two dollars and inverse, with spot that is collateral or owed."""
    held = []
    for number in range(1, draw(st.integers(1, 5)) + 1):
        coin, now = draw(st.sampled_from([("BTC", 40_000), ("ETH", 2_000)]))
        kind = draw(st.sampled_from(["USDT", "USDC", coin]))
        tiers = draw(st.sampled_from([TIERS, JOINED, STEPS]))
        size = draw(COINS) * 40_000 / now
        if kind == coin:
            tiers = tuple(replace(t, amount=t.amount / now, up_to=t.up_to and t.up_to / now) for t in tiers)
            size *= now
        price = now + draw(st.integers(-5, 5))
        held.append(perp(number, draw(SIDES), size, now * draw(LEVELS), price, coin=coin, settle=kind, tiers=tiers,
                         fee=draw(FEES)))  # fmt: skip
    for number in range(6, 6 + draw(st.integers(0, 3))):
        coin, now = draw(st.sampled_from([("BTC", 40_010), ("ETH", 1_999)]))
        if draw(st.booleans()):
            held.append(spot(number, "long", draw(COINS), now, coin=coin, haircut=draw(st.decimals(0, 1, places=2))))
        else:
            asked = draw(st.none() | st.decimals(0, "0.2", places=3))
            held.append(spot(number, "short", draw(COINS), now, coin=coin, asked=asked))
    return held, draw(st.decimals("-20000", "300000", places=2))


@given(accounts())
def test_each_coin_kills_the_account_at_the_nearest_price_at_which_nothing_is_left(account):
    held, balance = account
    (pool,) = pools(held, {"a": balance}, {"a": "USDT"})
    dies = deaths(pool)
    assert set(dies) == {each.number for each in held if each.market == "perp" or each.position.sign < 0}
    for each in held:
        if each.number in dies:
            shares = sorted(turns(held, balance, each.coin), key=lambda share: abs(share - 1))
            price, unknown = dies[each.number]
            assert unknown is None
            assert (price is None) == (not shares)
            if price is not None:
                wanted = F(each.price) * shares[0]
                assert any(abs(F(price) - F(each.price) * share) < F(1, 10**25) * wanted for share in shares[:2])
                assert abs(abs(F(price) / F(each.price) - 1) - abs(shares[0] - 1)) < F(1, 10**25) * (1 + shares[0])


@given(accounts(), st.decimals("-0.95", "4", places=3))
def test_equity_and_what_dies_on_the_way_of_all_prices_are_those_of_the_fractions(account, move):
    held, balance = account
    assume(move)
    result = priced(held, balance, [move])
    end, (path,) = 1 + F(move), result.stress
    low, high = sorted((F(1), end))
    way = [
        excess(held, balance, F(1)),
        excess(held, balance, end),
        excess(held, balance, F(1), None, 1 if move > 0 else -1),
    ]
    way += [excess(held, balance, mark, None, side) for mark in borders(held) if low < mark < high for side in (-1, 1)]
    if min(map(abs, way)) > F(1, 10**20):
        counts = tuple(e.number for e in held)
        assert path.liquidated == (counts if min(way) <= 0 else ())
    (pool,) = pools(held, {"a": balance}, {"a": "USDT"})
    free = [replace(each, tiers=(MaintenanceTier(D(0)),), closing_fee=D(0)) for each in held]
    for share, stands in ((F(1), standing(pool)), (end, standing(pool, move, move))):
        assert abs(F(stands.equity) - excess(free, balance, share)) < F(1, 10**20)
        assert abs(F(stands.equity - stands.maintenance - stands.closing) - excess(held, balance, share)) < F(1, 10**20)


@given(accounts(), st.decimals("-0.9", "3", places=2))
def test_no_money_of_an_account_is_counted_in_two_currencies(account, move):
    """Over all currencies balance, equity and spot stand once; equity is margin, spot and P&L; a path's P&L is what the
    equity and the part of spot that does not count gain."""
    held, balance = account
    result = priced(held, balance, [move])
    (one,), (exchange,), (path,) = result.accounts, result.exchanges, result.stress
    assert sum(each.margin for each in result.totals) == one.balance == balance
    for name in ("equity", "collateral"):
        values = [sum(getattr(each, name) for each in result.totals), getattr(one, name), getattr(exchange, name)]
        assert max(values) - min(values) < D("1e-17")
    assert abs(exchange.margin + exchange.collateral + exchange.unrealised_pnl - exchange.equity) < D("1e-16")
    assert abs(sum(row.collateral for row in result.positions) - one.collateral) < D("1e-16")
    hair = sum((each.position.size * each.price * each.haircut for each in held if each.haircut is not None), D(0))
    (pool,) = pools(held, {"a": balance}, {"a": "USDT"})
    then = standing(pool, move, move)
    assert [money.currency for money in path.money] == ["USDT"]
    assert abs(path.money[0].pnl - (then.equity - one.equity + hair * move)) < D("1e-12")


def test_a_position_whose_price_is_not_known_leaves_the_others_of_its_account_unknown_and_says_which():
    """Alone in its coin and linear it has a price of its own all the same: 2,000 - 300 + P - 3,000 = 0.005 P; the
    inverse one, held in money, has none without its price."""
    lost = replace(perp(2, "long", 1, 3_000, 3_000, coin="ETH"), price=None, price_basis=None)
    held = [perp(1, "long", 1, 60_000, 60_000), lost]
    (pool,) = pools(held, {"a": D(2_000)}, {"a": "USDT"})
    assert deaths(pool)[1] == (None, "the price of x ETH/USDT:USDT long on the same account is not known")
    price, unknown = deaths(pool)[2]
    assert near(price, D(1_300) / D("0.995"))
    assert unknown is None
    lost = replace(perp(2, "long", 3_000, 3_000, 3_000, coin="ETH", settle="ETH"), price=None, price_basis=None)
    (pool,) = pools([held[0], lost], {"a": D(2_000)}, {"a": "USDT"})
    assert deaths(pool)[2][1] == "the price of x ETH/USD:ETH long on the same account is not known"


def test_time_grows_with_the_number_of_positions_and_not_with_its_square():
    """2,000 of one contract in one account, 2,000 of a coin each, and 2,000 on their own: about a second each, and once
    minutes. The sums are those of one position of all their size."""
    one = [perp(1, "long", 2_000, 100, 100), spot(2, "long", 2_000, 100, haircut="0.5")]
    whole = price_of(one, 0, 1)
    parts = [perp(n, "long", 1, 100, 100) for n in range(1, 2_001)]
    parts += [spot(n, "long", 1, 100, haircut="0.5") for n in range(2_001, 4_001)]
    many = [perp(n, "long", 1, 100, 100, coin=f"C{n}") for n in range(2_000)]
    alone = [replace(each, account=None, margin=D(20)) for each in many]
    for held in (parts, many, alone):
        started = time.process_time()
        result = priced(held, 0, ["-0.5", "0.5"])
        assert time.process_time() - started < 15
        if held is parts:
            assert near(result.positions[0].liquidation_price, whole)
            assert result.accounts[0].equity == 100_000
