"""A whole book under a price move: what each currency gains, which positions die, what must be transferred.

Every price moves by the same share, from where it is now; on a named day perpetuals and spot each by their own. A
position that is liquidated loses the equity that it (or its account) has now; all others ride to the end of the path.
Spot that is collateral of an account that dies is sold up to what it counts for, which is part of that equity; the
coins of its haircut are left and ride on. Coins that it owes are bought back out of that equity. The way is straight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from fundcli.core.book_answer import BookMoney, BookPath, BookTransfer
from fundcli.core.book_holding import Holding
from fundcli.core.book_liquidation import Way, way_of
from fundcli.core.book_margin import Pool, standing
from fundcli.core.days import Day, moves
from fundcli.core.liquidation import ZERO, pnl
from fundcli.core.numbers import exact, ledger, plain

Price = tuple[Decimal, str]


def paths(
    book: Sequence[Holding],
    held: Sequence[Pool],
    coins: Mapping[str, Price],
    shocks: Sequence[Decimal],
    days: Sequence[Day],
) -> tuple[BookPath, ...]:
    """Every shock, then every day. coins: the price of each coin that a currency is, and in which currency."""
    asked = [(_named(move), None, move, move) for move in shocks]
    asked += [(f"{day.name} {end}", day.name, *rest) for day in days for end, *rest in moves(day)]  # type: ignore[misc]
    ways = [way_of(pool) for pool in held]
    return tuple(_path(book, ways, coins, *each) for each in asked)


def _named(move: Decimal) -> str:
    return f"{'+' if move > 0 else ''}{plain(move * 100)}%"


@exact
def _path(
    book: Sequence[Holding],
    ways: Sequence[Way],
    coins: Mapping[str, Price],
    name: str,
    day: str | None,
    move: Decimal,
    spot_move: Decimal,
) -> BookPath:
    money: dict[str, dict[str, Decimal]] = {}
    transfers: dict[tuple[str, str], Decimal] = {}
    died: list[int] = []
    sold: set[int] = set()
    left_out: list[int] = []

    def add(currency: str, **amounts: Decimal) -> None:
        sums = money.setdefault(currency, dict.fromkeys(("pnl", "net", "equity", "transfer"), ZERO))
        for key, amount in amounts.items():
            sums[key] += ledger(amount)

    for way in ways:
        pool = way.pool
        now, then = standing(pool), standing(pool, move, spot_move)
        if now is None or then is None:
            left_out += [each.number for each in pool.members]
            continue
        gained = (then.equity - then.collateral) - (now.equity - now.collateral)
        alive = now.alive and then.alive and not way.is_deadly(move, spot_move)
        lost = -max(now.equity, ZERO)
        add(pool.currency, pnl=gained, net=gained if alive else lost, equity=then.equity if alive else ZERO,
            transfer=then.transfer)  # fmt: skip
        if not alive:
            died += [each.number for each in (*pool.members, *pool.collateral)]
            sold.update(each.number for each in pool.collateral)
        if then.transfer:
            key = pool.exchange, pool.currency
            transfers[key] = transfers.get(key, ZERO) + ledger(then.transfer)
    for each in book:
        if each.market == "spot":
            if each.price is None:
                left_out.append(each.number)
                continue
            spot = each.margined()
            gained = pnl(spot, each.price * (1 + spot_move)) - pnl(spot, each.price)
            left = (each.haircut or ZERO) if each.number in sold else Decimal(1)
            add(each.position.currency, pnl=gained, net=gained * left)
    return BookPath(
        path=name,
        day=day,
        move=move,
        spot_move=spot_move,
        money=tuple(_money(currency, sums, coins.get(currency), move) for currency, sums in sorted(money.items())),
        liquidated=tuple(sorted(died)),
        left_out=tuple(sorted(left_out)),
        transfers=tuple(
            BookTransfer(exchange=exchange, currency=currency, amount=amount)
            for (exchange, currency), amount in sorted(transfers.items())
        ),
    )


def _money(currency: str, sums: Mapping[str, Decimal], coin: Price | None, move: Decimal) -> BookMoney:
    price = None if coin is None else coin[0] * (1 + move)
    return BookMoney(
        currency=currency,
        converted_currency=None if coin is None else coin[1],
        converted_price=price,
        converted_net=None if price is None else sums["net"] * price,
        **sums,
    )
