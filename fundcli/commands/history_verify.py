"""fundcli history verify: the lake read again, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from fundcli.commands.shared import Shared
from fundcli.render.answer import Answer, Column, Table


@dataclass(frozen=True, kw_only=True)
class ProblemRow:
    """Something wrong with a file of the lake; rows: how many it concerns, 0 where it is the file as a whole."""

    file: str
    problem: str
    rows: int


CONTENT = ProblemRow


def run(shared: Shared) -> Answer:
    """Read every file of the lake again and name what is wrong: exit 0 if nothing is, 3 otherwise.

    Checked: files that are damaged, moved, left over or of a newer schema; order, duplicates, rates, times, intervals.

    \b
    fundcli history verify
    """
    from fundcli.lake.verify import verify

    root = shared.env.folder("data") / "lake"
    files, problems = verify(root)
    rows = [ProblemRow(file=str(p.file), problem=p.problem, rows=p.rows) for p in problems]
    wrong = len({row.file for row in rows})
    broken = [f"{wrong} of the files in {root} {'is' if wrong == 1 else 'are'} not as they should be"] if rows else []
    columns = [Column("file", "file"), Column("problem", "problem"), Column("rows", "rows", "number")]
    return Answer(
        command="history-verify", as_of=shared.env.now(), inputs={"lake": str(root), "files": files}, content=rows,
        content_type=ProblemRow, is_list=True, sign="nothing", broken=broken,
        tables=lambda: [Table(columns, [(row.file, row.problem, row.rows) for row in rows])],
    )  # fmt: skip
