-- Instants and intervals of some contracts within a span: the neighbours of rows that are about to be written.
SELECT symbol, time, interval_hours
FROM read_parquet($files, hive_partitioning = false)
WHERE list_contains($symbols, symbol)
  AND time >= $since
  AND time <= $until
