-- Keys and rates of some contracts within a span: what a second write of the same settlement is compared with.
SELECT symbol, time, rate, rate_text
FROM read_parquet($files, hive_partitioning = false)
WHERE list_contains($symbols, symbol)
