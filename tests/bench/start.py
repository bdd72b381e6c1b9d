"""An offline answer, whole process, against bare Typer programs in virtual environments of their own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from tests.bench.measure import Program, report, seconds

PLAIN = """
import typer
app = typer.Typer()

@app.command()
def main(leverage: float = 1.0):
    print('{"leverage": %s}' % leverage)

app()
"""
TABLE = """
import typer
from rich.console import Console
from rich.table import Table
app = typer.Typer()

@app.command()
def main(leverage: float = 1.0):
    table = Table("period", "amount", "of notional", "of margin")
    for period in ("settlement", "day", "year", "hold", "fees", "total"):
        table.add_row(period, str(leverage), "0.01 %", "0.01 %")
    Console().print(table)

app()
"""


def bare(version: str) -> Path:
    """A virtual environment with one Typer version, kept in the temporary folder."""
    folder = Path(tempfile.gettempdir()) / f"fundcli-bench-typer-{version}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", f"typer=={version}", "rich"], check=True)
        (folder / "plain.py").write_text(PLAIN)
        (folder / "table.py").write_text(TABLE)
        (folder / "ready").touch()
    return folder


def main(rounds: int = 20) -> None:
    """Print the ratios."""
    old, new = bare("0.28.0"), bare("0.29.2")
    fundcli = str(Path(sys.executable).with_name("fundcli"))
    programs = [
        Program("bare Typer 0.29.2", [str(new / "bin/python"), str(new / "plain.py")]),
        Program("bare Typer 0.28.0", [str(old / "bin/python"), str(old / "plain.py")]),
        Program("fundcli cost -o json", [fundcli, "cost", "-o", "json"]),
        Program("fundcli apy -o json", [fundcli, "apy", "-o", "json"]),
        Program("fundcli explain -o json", [fundcli, "explain", "--premium", "0.1%", "-o", "json"]),
        Program("bare Typer 0.29.2, one rich table", [str(new / "bin/python"), str(new / "table.py")]),
        Program("fundcli cost -o table", [fundcli, "cost", "-o", "table"]),
    ]
    times = seconds(programs, rounds)
    plain = {n: t for n, t in times.items() if "table" not in n}
    tables = {n: t for n, t in times.items() if "table" in n}
    report("JSON", plain, "bare Typer 0.29.2", {name: 0.85 for name in plain if name.startswith("fundcli")})
    report("Table", tables, "bare Typer 0.29.2, one rich table", {"fundcli cost -o table": 0.95})


if __name__ == "__main__":
    main()
