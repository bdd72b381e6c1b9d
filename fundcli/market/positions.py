"""The file of a book: positions across exchanges as people write them down, checked with file and line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, NoReturn

import msgspec

from fundcli.core.numbers import exact, plain
from fundcli.core.position import Position, Side, open_position
from fundcli.core.symbols import read_symbol, unified, written_base
from fundcli.core.units import parse_borrow, parse_fee, parse_money, parse_rate, parse_time
from fundcli.errors import DataError, FundcliError, UsageError, did_you_mean
from fundcli.market.book_accounts import one_account, settles
from fundcli.profiles import Profile
from fundcli.profiles.contracts import contract_value
from fundcli.profiles.reading import to_struct
from fundcli.profiles.tree import Key, Tree, read
from fundcli.profiles.types import Hours, Moment, Share, Strict

EXAMPLE = "See README, 'A whole book', for one to start from."
_PERP_ALONE = ("fee", "interval", "leverage", "maintenance_amount", "maintenance_rate", "margin", "rate")
# Where a rate for borrowing is typed, in words.
BORROW_KEY = "`borrow_rate`"
_MOST_MAINTENANCE = Decimal("0.99")


class Above(Decimal):
    """Money, coins or times above zero, read from text such as `1.5`, `100k`."""


class Balance(Decimal):
    """Money on an account, read from text such as `20k` or `20k USDT`; zero, or less where it is owed."""

    currency: str | None = None


class Rate(Decimal):
    """A funding rate per settlement, read from text such as `0.01%`."""


class Fee(Decimal):
    """A fee, read from text such as `0.05%`."""


class Borrow(Decimal):
    """A borrow rate of a year, read from text such as `7.3%` or `0.02%/d`."""


class Entry(Strict):
    """One position of the file.

    size: units of the base (BTC, 1000PEPE), or contracts of an inverse contract; notional: quote money at the entry
    price, in place of it. entry: the entry price. margin: what is posted for this position alone, without its P&L;
    notional / leverage where it is left out. account: the position is held on the balance of that account, with others.
    haircut: spot in an account counts as margin there, but for this share of its value; without it spot is none. Spot
    that is sold short there is owed by the account, in full, with the maintenance_rate that is asked for it.
    rate, interval and price: of a book that is priced without --live. maintenance_*, fee: go before the exchange's
    tiers and those on record. borrow_rate: of a year, what spot that is sold short costs.
    """

    exchange: str
    symbol: str
    side: Side
    entry: Above
    market: Literal["perp", "spot"] = "perp"
    size: Above | None = None
    notional: Above | None = None
    opened: Moment | None = None
    leverage: Above | None = None
    margin: Above | None = None
    account: str | None = None
    haircut: Share | None = None
    rate: Rate | None = None
    interval: Hours | None = None
    price: Above | None = None
    maintenance_rate: Share | None = None
    maintenance_amount: Above | None = None
    fee: Fee | None = None
    borrow_rate: Borrow | None = None


class BookFile(Strict):
    """A file of positions. accounts: the balance of each cross account, in the currency that it names, else the one of
    its first linear perpetual, else its coin; without P&L and without the coins of spot, but with what spot sold short
    has brought. Zero, or less where money is owed, only with collateral beside it."""

    positions: list[Entry]
    name: str | None = None
    accounts: dict[str, Balance] = {}  # noqa: RUF012 - msgspec copies an empty default


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A position as it was written, of a known exchange; `where` is its line in the file."""

    number: int
    where: str
    entry: Entry
    profile: Profile
    symbol: str
    opened: datetime | None

    @property
    def borrows(self) -> bool:
        """Whether it is spot sold short, whose coins are borrowed."""
        return self.entry.market == "spot" and self.entry.side == "short"

    @property
    def is_collateral(self) -> bool:
        """Whether it is spot that counts as margin of its account."""
        return self.entry.haircut is not None

    @property
    def coin(self) -> str:
        """The base of its symbol."""
        return self.symbol.partition("/")[0]

    @property
    def base(self) -> str:
        """The base as it is written, whose small k counts thousands."""
        name = read_symbol(self.entry.symbol).base
        return written_base(name, self.entry.symbol.strip()[: len(name)])

    @exact
    def position(self, symbol: str) -> Position:
        """The position in the contract, or in the spot market, of a unified symbol."""
        entry, price = self.entry, Decimal(self.entry.entry)
        size = None if entry.size is None else Decimal(entry.size)
        notional = Decimal(0) if entry.notional is None else Decimal(entry.notional)
        if entry.market == "spot":
            coins = notional / price if size is None else size
            return Position(
                exchange=self.profile.id, symbol=symbol, side=entry.side, notional=coins * price, leverage=Decimal(1),
                currency=symbol.partition("/")[2], size=coins, price=price,
            )  # fmt: skip
        try:
            held = open_position(
                exchange=self.profile.id, symbol=symbol, side=entry.side, leverage=Decimal(1), notional=notional,
                size=size, price=price, contract_value=contract_value(self.profile, symbol),
            )  # fmt: skip
        except UsageError as error:
            raise DataError(f"{self.where}: {error.message}", "Write `notional` in quote money.") from None
        if entry.leverage is not None:
            return replace(held, leverage=Decimal(entry.leverage))
        return held if entry.margin is None else replace(held, leverage=held.notional / Decimal(entry.margin))


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was read: its positions, the balance of each account, and the currency that it is held in.

    unified: the accounts that owe coins, or whose perpetuals settle in several currencies.
    """

    name: str | None
    written: list[Written]
    accounts: dict[str, Decimal]
    held_in: dict[str, str]
    unified: set[str]


def read_book(file: Path, profile_of: Callable[[str], Profile], now: datetime) -> Book:
    """Read and check a file of positions; errors name the file and the line."""
    tree = read(file, EXAMPLE)
    data = to_struct(tree.data, BookFile, partial(_place, tree), "book", EXAMPLE, _READERS)
    if not data.positions:
        _refuse(tree, "positions", "is empty", EXAMPLE)
    profile_of = cache(profile_of)
    written = [_written(tree, index, entry, profile_of, now) for index, entry in enumerate(data.positions)]
    named: dict[str | None, list[Written]] = {}
    for each in written:
        named.setdefault(each.entry.account, []).append(each)
    held_in, unified = {}, set()
    for name, balance in data.accounts.items():
        members = named.get(name, [])
        if not members:
            _refuse(tree, f"accounts.{name}", "no position names it", "Add `account` to those that it carries.")
        held_in[name] = one_account(name, members, balance.currency, partial(_refuse, tree))
        paid = {settles(each) for each in members if each.entry.market == "perp"}
        if len(paid) > 1 or any(each.borrows for each in members):
            unified.add(name)
        if balance <= 0 and not any(each.is_collateral for each in members):
            problem = f"a balance of {plain(balance)} is no margin"
            _refuse(tree, f"accounts.{name}", problem, "Write more than zero, or give spot of it a `haircut`.")
    for each in written:
        account = each.entry.account
        if account is not None and account not in data.accounts:
            hint = did_you_mean(account, data.accounts, f"Write its balance: `accounts: {{{account}: 20k}}`.")
            _refuse(tree, f"positions.{each.number - 1}.account", f"there is no account '{account}'", hint)
    accounts = {name: Decimal(balance) for name, balance in data.accounts.items()}
    return Book(name=data.name, written=written, accounts=accounts, held_in=held_in, unified=unified)


def _above(text: str) -> Above:
    amount = parse_money(text)
    if amount <= 0:
        raise ValueError(f"Expected more than zero, got '{text}'")
    return Above(amount)


def _balance(text: str) -> Balance:
    """An amount, and where it says one its currency."""
    named = re.fullmatch(r"(.*\S)\s+([A-Za-z][A-Za-z0-9]{2,9})", text.strip())
    balance = Balance(parse_money(text if named is None else named[1]))
    balance.currency = None if named is None else named[2].upper()
    return balance


_READERS: dict[type, Callable[[str], Any]] = {
    Above: _above,
    Balance: _balance,
    Rate: lambda text: Rate(parse_rate(text, "rate")),
    Fee: lambda text: Fee(parse_fee(text, "fee")),
    Borrow: lambda text: Borrow(parse_borrow(text, "borrow_rate")),
}


def _place(tree: Tree, key: Key) -> str:
    return f"{tree.file}:{tree.line(key)}"


def _refuse(tree: Tree, key: str, problem: str, remedy: str) -> NoReturn:
    raise DataError(f"{_place(tree, tuple(key.split('.')))}: {key}: {problem}", remedy)


def _written(tree: Tree, index: int, entry: Entry, profile_of: Callable[[str], Profile], now: datetime) -> Written:
    key = f"positions.{index}"
    refuse = partial(_refuse, tree)
    if (entry.size is None) == (entry.notional is None):
        which = "size and notional both give the position" if entry.size else "size is missing"
        refuse(key, which, "Write `size` in coins, or `notional` in quote money.")
    if entry.market == "spot":
        owed = entry.account is not None and entry.side == "short"
        for name in _PERP_ALONE:
            if getattr(entry, name) is not None and not (owed and name == "maintenance_rate"):
                refuse(f"{key}.{name}", "belongs to a perp", "Drop it, or write `market: perp`.")
        if entry.haircut is not None and entry.side == "short":
            refuse(f"{key}.haircut", "spot that is sold short is owed in full", "Drop it.")
    elif entry.account is not None:
        if entry.margin is not None:
            refuse(f"{key}.margin", "the balance of its account is the margin", "Drop it, or drop the account.")
        if entry.leverage is None:
            refuse(key, "leverage is missing", "Add it: the initial margin of a position in an account needs it.")
    elif entry.leverage is None and entry.margin is None:
        refuse(key, "leverage is missing", "Add it, or `margin`, or the `account` whose balance carries it.")
    if entry.borrow_rate is not None and (entry.market, entry.side) != ("spot", "short"):
        refuse(f"{key}.borrow_rate", "belongs to spot that is sold short", "Drop it.")
    if entry.haircut is not None:
        if entry.market == "perp" or entry.account is None:
            refuse(f"{key}.haircut", "belongs to spot in an account", "Add its `account`, or drop the haircut.")
        if not 0 <= entry.haircut <= 1:
            refuse(f"{key}.haircut", f"'{plain(entry.haircut)}' is out of bounds", "Write it like 5%, from 0 to 100%.")
    if entry.maintenance_amount is not None and entry.maintenance_rate is None:
        refuse(f"{key}.maintenance_amount", "belongs to a rate", "Add `maintenance_rate`.")
    if entry.maintenance_rate is not None and not 0 <= entry.maintenance_rate <= _MOST_MAINTENANCE:
        refuse(f"{key}.maintenance_rate", f"'{entry.maintenance_rate}' is out of bounds", "Write it like 0.5%.")
    opened = None if entry.opened is None else parse_time(entry.opened)
    if opened is not None and opened > now:
        refuse(f"{key}.opened", "lies in the future", "Write when it was opened, UTC.")
    try:
        profile = profile_of(entry.exchange)
    except FundcliError as error:
        refuse(f"{key}.exchange", error.message, error.remedy)
    try:
        symbol = unified(entry.symbol, profile.contracts.main)
    except UsageError as error:
        refuse(f"{key}.symbol", error.message, error.remedy)
    return Written(
        number=index + 1, where=f"{_place(tree, ('positions', str(index)))}: {key}", entry=entry, profile=profile,
        symbol=symbol.rpartition(":")[0] if entry.market == "spot" else symbol, opened=opened,
    )  # fmt: skip
