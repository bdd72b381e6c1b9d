"""Spot as collateral of an account: where the account dies, against excess counted in fractions at any price."""

from dataclasses import replace
from decimal import Decimal as D
from decimal import localcontext
from fractions import Fraction as F

from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.book import book
from fundcli.core.book_liquidation import deaths
from fundcli.core.book_margin import Pool, pools, standing
from fundcli.core.liquidation import MaintenanceTier, liquidation_price
from fundcli.core.numbers import CONTEXT
from tests.core import holdings
from tests.core.holdings import JOINED, NOW, STEPS, TIERS


def perp(number, side, size, entry, price, *, inverse=False, **more):
    coin = more.get("coin", "BTC")
    return holdings.perp(number, side, size, entry, price, settle=coin if inverse else "USDT", **more)


def spot(number, size, price, haircut, coin="BTC"):
    return holdings.spot(number, "long", size, price, coin=coin, haircut=haircut)


def one_pool(held, balance) -> Pool:
    (pool,) = pools(held, {"a": D(balance)})
    return pool


def dies_at(pool, member):
    return deaths(pool)[member.number]


def excess(held, balance, share: F, beyond: bool = False) -> F:
    """Equity less maintenance margin and fees with every BTC price at `share` of its own; `beyond`: in the next tier
    where the notional stands at the end of one."""
    total = F(balance)
    for each in held:
        size, price = F(each.position.size), F(each.price) * (share if each.coin == "BTC" else 1)
        if each.market == "spot":
            in_coin = held[0].position.inverse
            total += 0 if each.haircut is None else size * (1 - F(each.haircut)) * (1 if in_coin else price)
            continue
        entry, sign = F(each.position.price), each.position.sign
        worth = size / price if each.position.inverse else size * price
        total += sign * (size / entry - size / price if each.position.inverse else size * (price - entry))
        fits = [t for t in each.tiers if t.up_to is None or (worth < t.up_to if beyond else worth <= t.up_to)]
        tier = fits[0] if fits else each.tiers[-1]
        total -= worth * (F(tier.rate) + F(each.closing_fee)) - F(tier.amount)
    return total


def test_one_spot_against_one_short_without_a_haircut_dies_where_the_maintenance_margin_has_eaten_it():
    """MATH: P* = (s q E - W - A) / (q (s - m - f) + coins): (-60,000 - 0) / (-0.005) = 12 million, 200 times the entry;
    never where no maintenance margin is asked for, whatever the price does."""
    held = [perp(1, "short", 1, 60_000, 60_000), spot(2, 1, 60_000, 0)]
    assert dies_at(one_pool(held, 0), held[0]) == (D(12_000_000), None)
    assert dies_at(one_pool(held, 6_000), held[0]) == (D(13_200_000), None)
    free = [replace(held[0], tiers=(MaintenanceTier(D(0)),)), held[1]]
    assert dies_at(one_pool(free, 1), free[0]) == (None, None)
    assert all(standing(one_pool(free, 1), move, move).alive for move in (D("-0.999"), D(3), D(10_000)))


def test_a_haircut_brings_the_end_near():
    """20 % off: (-60,000 - 3,000) / (-1 - 0.005 + 0.8) = 63,000 / 0.205."""
    held = [perp(1, "short", 1, 60_000, 60_000), spot(2, 1, 60_000, "0.2")]
    price, _ = dies_at(one_pool(held, 3_000), held[0])
    assert abs(price - D(63_000) / D("0.205")) < D("1e-20")


def test_all_of_an_inverse_contracts_coin_backs_a_short_of_its_own_worth_at_any_price():
    """MATH: Q (s + m + f) / (s Q / E + W + A): 60,000 x -0.995 / (-1 + 1), no price; 5 % off: 59,700 / 0.05."""
    short = perp(1, "short", 60_000, 60_000, 60_000, inverse=True)
    assert dies_at(one_pool([short, spot(2, 1, 60_000, 0)], 0), short) == (None, None)
    price, _ = dies_at(one_pool([short, spot(2, 1, 60_000, "0.05")], 0), short)
    assert abs(price - 1_194_000) < D("1e-20")


def test_a_debt_on_the_account_lets_a_short_die_in_a_fall_and_its_distance_is_no_less_than_nothing():
    """2 BTC bought for 120,000, of which 90,000 is owed, short 1: 60,000 - 90,000 + P (2 - 1 - 0.005) = 0."""
    held = [perp(1, "short", 1, 60_000, 60_000), spot(2, 2, 60_000, 0)]
    result = book(None, held, {"a": D(-90_000)}, NOW, [D("-0.4"), D("0.5"), D("-0.6")], [])
    row = result.positions[0]
    at = D(30_000) / D("0.995")
    assert abs(row.liquidation_price - at) < D("1e-20")
    assert abs(row.liquidation_distance - (1 - at / 60_000)) < D("1e-20")
    assert [path.liquidated for path in result.stress] == [(), (), (1, 2)]


def test_of_two_prices_it_is_the_one_nearer_to_now():
    """Short 1 from 60,000 beside 1.2 BTC, 70,000 owed: -10,000 + 0.2 P less maintenance is gone at 8,000 / 0.15 (5 %
    less 2,000) and, tiers grown to 25 % less 42,000, at 32,000 / 0.05."""
    for now, at in ((60_000, D(8_000) / D("0.15")), (600_000, D(640_000))):
        held = [perp(1, "short", 1, 60_000, now, tiers=JOINED), spot(2, "1.2", now, 0)]
        price, _ = dies_at(one_pool(held, -70_000), held[0])
        assert abs(price - at) < D("1e-20")


def test_it_dies_where_a_step_in_the_maintenance_margin_passes_the_equity():
    """Short 1 from 40,000 beside 0.5 BTC, 14,000 owed: at 50,000 it has 1,000, and 500 becomes 2,500."""
    held = [perp(1, "short", 1, 40_000, 40_000, tiers=STEPS), spot(2, "0.5", 40_000, 0)]
    assert dies_at(one_pool(held, -14_000), held[0]) == (50_000, None)


def test_what_a_step_down_would_lift_again_has_died_before_it():
    """Long 1 from 60,000 on 12,000, 5 % above 50,000 and 1 % below: dead at 48,000 / 0.95 = 50,526; at 49,800 it would
    have 1,800 of 498. 0.1 BTC beside it is worth 5,000 there, and does what as much balance does."""
    held = [perp(1, "long", 1, 60_000, 60_000, tiers=STEPS)]
    price, _ = dies_at(one_pool(held, 12_000), held[0])
    assert abs(price - D(48_000) / D("0.95")) < D("1e-20")
    beside = [*held, spot(2, "0.1", 60_000, 0)]
    for legs, balance, dead in ((held, 12_000, (1,)), (held, 12_600, ()), (beside, 7_000, (1, 2)), (beside, 7_600, ())):
        down, less, up = book(None, legs, {"a": D(balance)}, NOW, [D("-0.17"), D("-0.15"), D("0.5")], []).stress
        assert (down.liquidated, less.liquidated, up.liquidated) == (dead, (), ())


def test_a_tier_that_ends_at_the_price_of_now_is_left_only_where_the_notional_grows():
    """Long 1 at 50,000, the end of 1 %, on 1,000: 500 leave it alive, 2,500 do not."""
    held = [perp(1, "long", 1, 50_000, 50_000, tiers=STEPS)]
    down, up = book(None, held, {"a": D(1_000)}, NOW, [D("-0.005"), D("0.5")], []).stress
    assert (down.liquidated, up.liquidated) == ((), (1,))
    short = [perp(1, "short", 50_000, 1, 1, inverse=True, tiers=STEPS)]
    up, down = book(None, short, {"a": D(1_000)}, NOW, [D("0.005"), D("-0.5")], []).stress
    assert (up.liquidated, down.liquidated) == ((), (1,))


def test_an_unlevered_long_has_no_price_that_rounding_leaves():
    """3 at 100 / 11 on all of it: it dies at nothing, in 50 digits near 1e-48."""
    with localcontext(CONTEXT):
        entry = D(100) / 11
        balance = 3 * entry
    held = [perp(1, "long", 3, entry, 61), perp(2, "long", 1, 1, 1, coin="ETH", tiers=(MaintenanceTier(D(0)),))]
    assert dies_at(one_pool(held, balance), held[0]) == (None, None)


def test_perpetuals_of_one_coin_in_one_account_die_together():
    """Long 3 and short 2 at 100, 200 on account: 200 + (P - 100) - 0.005 x 5 P = 0 has no price above zero; on 60 it is
    40 / 0.975. A position flat against another never dies of its coin."""
    held = [perp(1, "long", 3, 100, 100), perp(2, "short", 2, 100, 100)]
    assert dies_at(one_pool(held, 200), held[0]) == (None, None)
    for each in held:
        price, _ = dies_at(one_pool(held, 60), each)
        assert abs(price - D(40) / D("0.975")) < D("1e-20")
    flat = [perp(1, "long", 1, 100, 100, tiers=(MaintenanceTier(D(0)),)), perp(2, "short", 1, 100, 100)]
    price, _ = dies_at(one_pool(flat, 10), flat[0])
    assert price == 2_000  # of the short's maintenance margin alone: 10 / 0.005


SIDES = st.sampled_from(["long", "short"])
COINS = st.decimals("0.01", "5", places=3)
LEVELS = st.decimals("0.6", "1.6", places=3)


@given(
    st.lists(st.tuples(SIDES, COINS, LEVELS, st.sampled_from([TIERS, JOINED, STEPS])), min_size=1, max_size=3),
    st.decimals("-20000", "90000", places=2), st.none() | COINS, st.decimals("0", "1", places=2),
    st.sampled_from(["0", "0.0006"]), st.booleans(),
)  # fmt: skip
def test_it_dies_at_the_nearest_price_at_which_nothing_is_left(legs, balance, coins, haircut, fee, inverse):
    """On both sides of that price, and nowhere nearer to the present one, the excess changes its sign."""
    held = []
    unit = 40_000 if inverse else 1  # of an inverse contract all money is in coins
    for number, (side, size, level, tiers) in enumerate(legs, 1):
        terms = tuple(replace(t, amount=t.amount / unit, up_to=t.up_to and t.up_to / unit) for t in tiers)
        entry = 40_000 * level
        held.append(perp(number, side, size * unit, entry, 40_000, tiers=terms, inverse=inverse, fee=fee))
    balance = balance / unit
    held.append(perp(8, "long", 1000, 40_000, 41_000, coin="BTC", inverse=True) if inverse else
                perp(8, "long", 3, 2_000, 2_100, coin="ETH"))  # fmt: skip
    if coins is not None:
        held.append(spot(9, coins, 39_900, haircut))
    price, unknown = dies_at(one_pool(held, balance), held[0])
    assert unknown is None
    ends = {
        F(t.up_to) / F(n) for each in held if each.market == "perp" and each.coin == "BTC" for t in each.tiers
        if t.up_to is not None
        for n in [each.position.size / each.price if each.position.inverse else each.position.size * each.price]
    }  # fmt: skip
    marks = sorted(1 / end if inverse else end for end in ends)
    share = None if price is None else F(price) / 40_000
    reach = abs(share - 1) if share is not None else None
    alive = excess(held, balance, F(1)) > 0
    hair = F(1, 10**20)
    if share is not None:
        around = [excess(held, balance, share * (1 - hair)), excess(held, balance, share * (1 + hair))]
        assert min(around) <= 0 <= max(around) or any(abs(share - mark) < hair for mark in marks)
    near = [mark for mark in marks if reach is None or abs(mark - 1) < reach - hair]
    samples = [F(i, 40) for i in range(1, 400)]
    near += [mark for mark in samples if reach is None or abs(mark - 1) < reach - hair]
    assert all((excess(held, balance, mark) > 0) == alive for mark in near)


@given(SIDES, COINS, LEVELS, st.decimals("100", "90000", places=2), st.sampled_from([TIERS, JOINED]))
def test_one_perpetual_beside_spot_of_no_worth_dies_where_liquidation_says(side, size, level, balance, tiers):
    """A tiny collateral takes the other way to the same price."""
    member = perp(1, side, size, 40_000 * level, 40_000, tiers=tiers)
    alone = liquidation_price(replace(member.margined(), margin=balance))
    price, _ = dies_at(one_pool([member, spot(2, "1e-30", 40_000, 0)], balance), member)
    assert (price is None) == (alone is None)
    if price is not None and alone is not None:
        assert abs(price - alone) <= alone * D("1e-20")


@given(SIDES, COINS, COINS, st.decimals("0", "1", places=2), st.decimals("-0.9", "3", places=2))
def test_the_sums_of_a_book_with_collateral_count_it_once(side, size, coins, haircut, move):
    """Equity is balance, P&L and collateral; under a move the coins gain in full, and equity by what counts."""
    held = [perp(1, side, size, 40_000, 41_000), spot(2, coins, 40_500, haircut), spot(3, 2, 100, None, "SOL")]
    result = book(None, held, {"a": D(10_000_000)}, NOW, [move], [])
    (total,), (account,), (exchange,) = result.totals, result.accounts, result.exchanges
    counts = coins * 40_500 * (1 - haircut)
    gained = (1 if side == "long" else -1) * size * 1_000
    assert total.equity == account.equity == exchange.equity == 10_000_000 + gained + counts
    assert total.collateral == account.collateral == exchange.collateral == result.positions[1].collateral == counts
    assert [row.collateral for row in result.positions] == [0, counts, 0]
    assert total.spot_value == coins * 40_500 + 200
    assert (account.positions, account.collateral_positions) == ((1,), (2,))
    (money,) = result.stress[0].money
    perp_gain = (1 if side == "long" else -1) * size * 41_000 * move
    assert abs(money.pnl - (perp_gain + (coins * 40_500 + 200) * move)) < D("1e-12")
    assert abs(money.equity - (total.equity + perp_gain + counts * move)) < D("1e-12")
    btc = next(coin for coin in result.coins if coin.coin == "BTC")
    assert btc.net == (size if side == "long" else -size) + coins
