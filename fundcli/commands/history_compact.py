"""fundcli history compact: partitions made whole again."""

from __future__ import annotations

from dataclasses import dataclass

from fundcli.commands.shared import Shared
from fundcli.render.answer import Answer, Column, Table


@dataclass(frozen=True, kw_only=True)
class CompactRow:
    """What was done to a partition; files were merged, whose rows were added, known or kept as revisions."""

    kind: str
    exchange: str
    year: int
    files: int
    added: int
    known: int
    revised: int
    leftovers: int
    sorted: bool


CONTENT = CompactRow


def run(shared: Shared) -> Answer:
    """Merge Parquet files that other tools put beside a partition's own; sort; remove leftovers and empty folders.

    A file is removed only after its rows are safe. One that cannot be merged stays, and is named (exit 3).

    \b
    fundcli history compact
    """
    from fundcli.lake.compact import compact

    root = shared.env.folder("data") / "lake"
    problems: list[str] = []
    rows = [
        CompactRow(
            kind=done.kind, exchange=done.exchange, year=done.year, files=done.merged, added=done.written.added,
            known=done.written.known, revised=done.written.revised, leftovers=done.leftovers, sorted=done.sorted,
        )
        for done in compact(root, problems)
    ]  # fmt: skip
    columns = [
        Column("kind", "kind"), Column("exchange", "exchange"), Column("year", "year"),
        Column("files", "merged", "number"), Column("added", "added", "number"), Column("known", "known", "number"),
        Column("revised", "revised", "number"), Column("leftovers", "leftovers", "number"), Column("sorted", "sorted"),
    ]  # fmt: skip
    return Answer(
        command="history-compact", as_of=shared.env.now(), inputs={"lake": str(root)}, content=rows,
        content_type=CompactRow, is_list=True, sign="nothing", broken=problems,
        tables=lambda: [Table(columns, [tuple(getattr(row, column.name) for column in columns) for row in rows])],
    )  # fmt: skip
