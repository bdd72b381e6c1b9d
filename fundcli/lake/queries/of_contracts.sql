-- The settlements of some contracts within a window, each one's oldest first, as they were known at a time.
SELECT symbol, time, rate, rate_text, interval_hours, price, price_text, source, fetched_at
FROM read_parquet($files, hive_partitioning = false)
WHERE list_contains($symbols, symbol)
  AND time >= $since
  AND time <= $until
  AND fetched_at <= $as_of
ORDER BY symbol, time
