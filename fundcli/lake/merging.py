"""What is new of staged rows: held against a partition's own, and put among them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fundcli.lake.database import listed
from fundcli.lake.layout import COLUMNS, VALUES, Partition
from fundcli.lake.replacing import PLACE, replace, writing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Written(msgspec.Struct):
    """What a write did: rows added, rows that were there already, and of these in `revised` those that differ.

    A differing rate is kept as a revision, and counted once however often it comes.
    """

    added: int = 0
    known: int = 0
    revised: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(self.added + other.added, self.known + other.known, self.revised + other.revised)


def judged(connection: DuckDBPyConnection, place: Partition, staged: Sequence[Path]) -> dict[str, Written]:
    """Contract by contract, how many staged rows are new, known, or (in `revised`) known with other values.

    Of two staged rows with one key the one that was staged first stands.
    """
    with writing(place.file):
        rows = connection.execute(f"""
            {_against(place, staged)}
            SELECT symbol,
                   count(*) FILTER (held IS NULL AND turn = 1) AS added,
                   count(*) FILTER (differs) AS differing,
                   count(*) AS rows
            FROM compared GROUP BY symbol
        """).fetchall()
    return {symbol: Written(added, count - added - other, other) for symbol, added, other, count in rows}


def contradicting(connection: DuckDBPyConnection, place: Partition, staged: Sequence[Path]) -> list[tuple[Any, ...]]:
    """The staged rows that differ from those that stand, with all their columns."""
    columns = ", ".join(f"rows.{name}" for name in COLUMNS[place.kind])
    with writing(place.file):
        return connection.execute(f"""
            {_against(place, staged)}
            SELECT {columns} FROM read_parquet({listed(staged)}) AS rows
            WHERE {PLACE} IN (SELECT {PLACE} FROM compared WHERE differs) ORDER BY {PLACE}
        """).fetchall()


def put_among(connection: DuckDBPyConnection, place: Partition, staged: Sequence[Path]) -> None:
    """The partition with the staged rows that it lacks, put in the place of the old one."""
    columns = ", ".join(COLUMNS[place.kind])
    both = f"SELECT {columns}, {PLACE} FROM read_parquet({listed(staged)}, hive_partitioning = false)"
    if place.file.is_file():
        both += f" UNION ALL SELECT {columns}, -1 FROM read_parquet({listed([place.file])}, hive_partitioning = false)"
    if place.kind in VALUES:
        rows = f"SELECT * FROM ({both}) QUALIFY row_number() OVER (PARTITION BY symbol, time ORDER BY {PLACE}) = 1"
    else:
        rows = both
    replace(connection, place, rows, counted=both)


def _against(place: Partition, staged: Sequence[Path]) -> str:
    """Common table expressions: staged rows beside what stands of the same key, in the lake or among themselves."""
    values = VALUES[place.kind]
    named = ", ".join(values)
    firsts = ", ".join(f"first_value({name}) OVER w AS first_{name}" for name in values)
    held = (
        f"SELECT symbol, time, {named}, true AS held "
        f"FROM read_parquet({listed([place.file])}, hive_partitioning = false) "
        "WHERE symbol IN (SELECT symbol FROM staged)"
        if place.file.is_file()
        else f"SELECT symbol, time, {named}, NULL::BOOLEAN AS held FROM staged WHERE false"
    )
    among = " OR ".join(f"staged.{name} IS DISTINCT FROM first_{name}" for name in values)
    beside = " OR ".join(f"staged.{name} IS DISTINCT FROM known.{name}" for name in values)
    return f"""
        WITH staged AS (
            SELECT symbol, time, {PLACE}, {named}, row_number() OVER w AS turn, {firsts}
            FROM read_parquet({listed(staged)}, hive_partitioning = false)
            WINDOW w AS (PARTITION BY symbol, time ORDER BY {PLACE})
        ),
        known AS ({held}),
        compared AS (
            SELECT staged.symbol, staged.{PLACE}, staged.turn, known.held,
                   CASE WHEN known.held THEN {beside} ELSE {among} END AS differs
            FROM staged LEFT JOIN known ON staged.symbol = known.symbol AND staged.time = known.time
        )
    """
