"""Benchmarks, run by hand: each prints ratios against a peer or a bare program measured in the same run.

python -m tests.bench.start      # an offline answer against a bare Typer program
python -m tests.bench.rates      # rates of one exchange against plain ccxt, and of ten at once
"""
