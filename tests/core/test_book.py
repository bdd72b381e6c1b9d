"""What holds of every book: sums to the last digit, flat carries, pools of one, accounts that die where they should."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

from hypothesis import assume, given
from hypothesis import strategies as st

from fundcli.core.book import book
from fundcli.core.book_holding import Holding, Schedule, upcoming
from fundcli.core.book_liquidation import deaths
from fundcli.core.book_margin import Pool, pools, standing
from fundcli.core.liquidation import MaintenanceTier, liquidation_price
from fundcli.core.position import Position
from fundcli.core.schedule import Grid
from fundcli.core.units import MS_PER_HOUR, to_ms
from fundcli.core.used import UsedRate

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
PRICES = st.decimals("0.01", "100000", places=4)
SIZES = st.decimals("0.001", "1000", places=6)


def _position(side, size, entry, leverage="5", coin="BTC", inverse=False):
    symbol = f"{coin}/USD:{coin}" if inverse else f"{coin}/USDT:USDT"
    notional = D(size) / D(entry) if inverse else D(size) * D(entry)
    return Position(
        exchange="x", symbol=symbol, side=side, notional=notional, leverage=D(leverage),
        currency=coin if inverse else "USDT", size=D(size), price=D(entry),
    )  # fmt: skip


def _perp(number, position, price, rate="0.0001", hours=8, account=None, maintenance="0.005"):
    used = UsedRate(
        rate=D(rate), interval_hours=D(hours), interval_basis="given", kind="given", source="", interval_source=""
    )
    return Holding(
        number=number, market="perp", position=position, price=D(price), price_basis="given", funding_price=D(price),
        used=used, schedule=Schedule(grid=Grid.of(D(hours))), account=account,
        margin=None if account else position.notional / position.leverage,
        tiers=(MaintenanceTier(D(maintenance)),),
    )  # fmt: skip


def _spot(number, side, size, entry, price):
    position = Position(
        exchange="x", symbol="BTC/USDT", side=side, notional=D(size) * D(entry), leverage=D(1), currency="USDT",
        size=D(size), price=D(entry),
    )  # fmt: skip
    return Holding(number=number, market="spot", position=position, price=D(price), price_basis="given")


@st.composite
def _books(draw):
    held = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        side, size, price = draw(st.sampled_from(["long", "short"])), draw(SIZES), draw(PRICES)
        entry = price * draw(st.sampled_from([D("0.97"), D(1), D("1.013")]))
        position = _position(side, size, entry, inverse=draw(st.booleans()))
        rate = draw(st.decimals("-0.003", "0.003", places=9))
        held.append(_perp(number, position, price, rate, draw(st.sampled_from([1, 2, 4, 8]))))
    return held


@given(_books())
def test_the_funding_of_a_book_is_exactly_that_of_its_positions_and_of_its_settlements(held):
    result = book(None, held, {}, NOW, [D("0.1")], [])
    for total in result.totals:
        rows = [row for row in result.positions if row.currency == total.currency]
        assert total.funding_24h == sum(row.funding_24h for row in rows)
        assert total.funding_8h == sum(row.funding_8h for row in rows)
        assert total.funding_24h == sum(row.amount for row in result.settlements if row.currency == total.currency)
        assert total.unrealised_pnl == sum(row.unrealised_pnl for row in rows)


@given(_books())
def test_every_settlement_lies_after_now_and_within_a_day(held):
    result = book(None, held, {}, NOW, [], [])
    for each in held:
        times = [row.time for row in result.settlements if row.position == each.number]
        assert len(times) == 24 / each.used.interval_hours
        assert all(NOW < time <= NOW + timedelta(hours=24) for time in times)
        assert all(to_ms(time) % (int(each.used.interval_hours) * MS_PER_HOUR) == 0 for time in times)


@given(SIZES, PRICES, PRICES, st.sampled_from(["long", "short"]))
def test_a_carry_of_one_size_is_flat_and_no_move_changes_its_worth(size, entry, price, side):
    """Linear: what the perpetual loses spot gains, where both stand at one price."""
    other = "short" if side == "long" else "long"
    held = [_spot(1, side, size, entry, price), _perp(2, _position(other, size, entry, "1"), price)]
    result = book(None, held, {}, NOW, [D("-0.3"), D("0.2")], [])
    assert result.coins[0].net == 0
    assert result.coins[0].net_value == 0
    assert all(path.money[0].pnl == 0 for path in result.stress)


@given(SIZES, PRICES, st.sampled_from(["long", "short"]), st.booleans())
def test_a_position_on_its_own_margin_dies_where_liquidation_says(size, entry, side, inverse):
    held = _perp(1, _position(side, size, entry, inverse=inverse), entry)
    (pool,) = pools([held], {})
    price, unknown = deaths(pool)[1]
    assert unknown is None
    assert price == liquidation_price(held.margined())


@given(SIZES, SIZES, PRICES, PRICES, st.decimals("0.2", "0.9", places=2))
def test_an_account_is_down_to_its_maintenance_margin_where_a_member_dies(size, other, price, beside, share):
    """At that price of the one, and the present price of the others, equity and maintenance margin are equal."""
    balance = share * (size * price + other * beside)
    members = [
        _perp(1, _position("short", size, price), price, account="a"),
        _perp(2, _position("long", other, beside, coin="ETH"), beside, account="a"),
    ]
    (pool,) = pools(members, {"a": balance})
    assert pool == Pool(exchange="x", currency="USDT", balance=balance, members=tuple(members), account="a")
    at, _ = deaths(pool)[1]
    assume(at is not None and at > 0)
    moved = Pool(
        exchange="x", currency="USDT", balance=balance, account="a",
        members=(_perp(1, members[0].position, at, account="a"), members[1]),
    )  # fmt: skip
    stands = standing(moved)
    assert abs(stands.equity - stands.maintenance) <= D("1e-30") * (1 + abs(stands.equity) + size * at)


def test_the_settlement_that_a_live_rate_is_for_is_the_only_one_that_is_no_estimate():
    """A contract of 4 h that settles at 01, 05, 09 …, whatever the profile's hours are."""
    first = to_ms(datetime(2026, 11, 22, 1, tzinfo=UTC))
    step = 4 * MS_PER_HOUR
    held = _perp(1, _position("long", 1, 100), 100, hours=4)
    live = Schedule(grid=Grid(step, first % step), next_ms=first)
    rows = upcoming(Holding(**{**_fields(held), "schedule": live}), to_ms(NOW))
    assert [row.time.hour for row in rows] == [1, 5, 9, 13, 17, 21]
    assert [row.estimated for row in rows] == [False, True, True, True, True, True]
    stale = Schedule(grid=live.grid, next_ms=first - step)
    assert all(row.estimated for row in upcoming(Holding(**{**_fields(held), "schedule": stale}), to_ms(NOW)))


def _fields(held):
    return {name: getattr(held, name) for name in Holding.__dataclass_fields__}


def test_an_inverse_hedge_of_the_coin_that_is_its_margin_is_flat_with_the_collateral():
    """Short 50,000 USD at 50,000 on 1 BTC: -1 of the contract and 1 of margin; at 60,000 -0.8333 and 0.8333."""
    position = _position("short", 50_000, 50_000, "1", inverse=True)
    for price in (50_000, 60_000):
        (coin,) = book(None, [_perp(1, position, price)], {}, NOW, [], []).coins
        assert abs(coin.net + D(50_000) / price) < D("1e-25")
        assert abs(coin.net_with_collateral) < D("1e-17")
