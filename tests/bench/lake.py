"""One contract and a ranking out of a lake of 20 million settlements, against bare programs on the same rows."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import duckdb

from fundcli.lake.layout import VERSION, VERSION_KEY
from tests.bench.measure import Program, peak_mib, report, seconds
from tests.bench.start import bare

EXCHANGES = ("binance", "bitget", "bybit", "gate", "okx")
YEARS = range(2020, 2027)
END = "2026-11-21 22:00:00"
SINCE, UNTIL = "2026-08-23T22:00:00Z", "2026-11-21T22:00:00Z"
# 300 contracts an exchange: 5 % hourly, 35 % every 4 h, 60 % every 8 h; a third of the rates is the interest alone.
ROWS = """
SELECT printf('C%04d/USDT:USDT', n) AS symbol, time,
       CASE WHEN hash(n, time) % 3 = 0 THEN 0.0001 * hours / 8
            ELSE round(0.0001 * hours / 8 * (hash(n * 7, time) % 1000000 / 250000.0 - 0.9), 8) END AS rate,
       NULL::VARCHAR AS rate_text, hours AS interval_hours,
       round(100 + 10 * sin(epoch(time) / 1e6), 2) AS price, NULL::VARCHAR AS price_text,
       'funding history' AS source, time + INTERVAL 1 HOUR AS fetched_at
FROM (SELECT n, CASE WHEN n % 20 = 0 THEN 1 WHEN n % 20 <= 7 THEN 4 ELSE 8 END::INTEGER AS hours
      FROM range(300) AS numbers(n))
CROSS JOIN (SELECT unnest(generate_series(TIMESTAMP '{first}', TIMESTAMP '{last}', INTERVAL 1 HOUR)) AS time)
WHERE hour(time) % hours = 0
"""
ONE = """
import duckdb
print(len(duckdb.connect().execute('''
SELECT symbol, time, rate, rate_text, interval_hours, price, price_text, source, fetched_at
FROM read_parquet('{files}', hive_partitioning = false)
WHERE symbol = '{symbol}' AND time >= '{since}' AND time <= '{until}' ORDER BY time''').fetchall()))
"""
RANK = """
import duckdb
print(len(duckdb.connect().execute('''
SELECT exchange, symbol, sum(rate) / sum(interval_hours) * 8760 AS apr,
       quantile_cont(rate / interval_hours * 8760, [0.05, 0.5, 0.95])
FROM read_parquet('{files}', hive_partitioning = true)
WHERE time >= '{since}' AND time <= '{until}' GROUP BY exchange, symbol ORDER BY abs(apr) DESC''').fetchall()))
"""
PANDAS = """
import pandas as pd
rows = pd.read_parquet('{root}'{chosen})
rows = rows[(rows.time >= pd.Timestamp('{since}')) & (rows.time <= pd.Timestamp('{until}'))]
rows['apr'] = rows.rate / rows.interval_hours * 8760
groups = rows.groupby(['exchange', 'symbol'], observed=True)
table = groups.agg(rate=('rate', 'sum'), hours=('interval_hours', 'sum'))
table['mean'] = table.rate / table.hours * 8760
table[['p5', 'p50', 'p95']] = groups.apr.quantile([0.05, 0.5, 0.95]).unstack()
print(len(table.sort_values('mean', key=abs, ascending=False)))
"""


def lake(name: str, order: str) -> Path:
    """A data folder whose lake is sorted so, kept in the temporary folder."""
    data = Path(tempfile.gettempdir()) / f"fundcli-bench-lake-{name}"
    if (data / "ready").exists():
        return data
    connection = duckdb.connect()
    for exchange in EXCHANGES:
        for year in YEARS:
            folder = data / f"lake/kind=funding/exchange={exchange}/year={year}"
            folder.mkdir(parents=True, exist_ok=True)
            rows = ROWS.format(first=f"{year}-01-01", last=min(f"{year}-12-31 23:00:00", END))
            connection.execute(
                f"COPY (SELECT * FROM ({rows}) ORDER BY {order}) TO '{folder}/data.parquet' "
                f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{VERSION_KEY}: '{VERSION}'}})"
            )
    (data / "ready").touch()
    return data


def pandas_python() -> Path:
    """The interpreter of a virtual environment with pandas, which fundcli does not need."""
    folder = Path(tempfile.gettempdir()) / "fundcli-bench-pandas"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "-q", "pandas", "pyarrow"], check=True)
        (folder / "ready").touch()
    return folder / "bin/python"


def ratio(title: str, times: dict[str, float], ours: str, parts: tuple[str, ...], aim: float) -> None:
    """Print a time against the sum of others."""
    base = sum(times[part] for part in parts)
    print(f"  {title:<46} {times[ours] / base:5.2f} x of {base * 1000:.1f} ms  (aim: at most {aim:.2f})")


def main(rounds: int = 9) -> None:
    """Print the ratios and the peak memory."""
    data, best = lake("contract", "symbol, time"), lake("time", "time, symbol")
    rows = duckdb.sql(f"SELECT count(*) FROM '{data}/lake/kind=funding/*/*/data.parquet'").fetchall()[0][0]
    fundcli, python = str(Path(sys.executable).with_name("fundcli")), sys.executable
    env = {"FUNDCLI_DATA_DIR": str(data)}
    typer = bare("0.28.0")
    since, until = (text.removesuffix("Z").replace("T", " ") for text in (SINCE, UNTIL))
    window = {"since": since, "until": until}
    file = f"{data}/lake/kind=funding/exchange=okx/year=2026/data.parquet"
    year = "/lake/kind=funding/exchange=*/year=2026/data.parquet"
    asked = ("--since", SINCE, "--until", UNTIL, "-o", "json")
    programs = [Program("bare Typer 0.28.0", [str(typer / "bin/python"), str(typer / "plain.py")])]
    for name, symbol in (("8-hourly", "C0119/USDT:USDT"), ("hourly", "C0120/USDT:USDT")):
        code = ONE.format(files=file, symbol=symbol, **window)
        programs += [
            Program(f"bare DuckDB, one {name} contract", [python, "-c", code]),
            Program(
                f"fundcli, one {name} contract", [fundcli, "history", "show", "-e", "okx", "-s", symbol, *asked], env
            ),
        ]
    rank = [fundcli, "history", "stats", "--sort", "apr", *asked]
    columns = ", columns=['symbol', 'time', 'rate', 'interval_hours', 'exchange', 'year']"
    filters = ", filters=[('year', '==', 2026)]"
    programs += [
        Program("bare DuckDB, ranking, same files", [python, "-c", RANK.format(files=f"{data}{year}", **window)]),
        Program(
            "bare DuckDB, ranking, files in time order", [python, "-c", RANK.format(files=f"{best}{year}", **window)]
        ),
        Program("fundcli, ranking", rank, env),
    ]
    times = seconds(programs, rounds)
    root = f"{data}/lake/kind=funding"
    slow = [
        Program(f"pandas, {name}", [str(pandas_python()), "-c", PANDAS.format(root=root, chosen=chosen, **window)])
        for name, chosen in (
            ("as one writes it", ""),
            ("six columns", columns),
            ("six columns, one year", columns + filters),
        )
    ]
    times |= seconds(slow, 2)
    report(f"A lake of {rows:,} settlements, {os.cpu_count()} cores", times, "bare Typer 0.28.0", {})
    print("\nRatios")
    for name in ("8-hourly", "hourly"):
        parts = ("bare Typer 0.28.0", f"bare DuckDB, one {name} contract")
        ratio(f"one {name} contract", times, f"fundcli, one {name} contract", parts, 1.2)
    for layout in ("same files", "files in time order"):
        parts = ("bare Typer 0.28.0", f"bare DuckDB, ranking, {layout}")
        ratio(f"ranking, against {layout}", times, "fundcli, ranking", parts, 1.2)
    for program in slow:
        ratio(f"ranking, against {program.name}", times, "fundcli, ranking", (program.name,), 1 / 6)
    print("\nPeak memory")
    for program in (programs[2], programs[-1]):
        print(f"  {program.name:<46} {peak_mib(program.command, env):6.0f} MiB")


if __name__ == "__main__":
    main()
