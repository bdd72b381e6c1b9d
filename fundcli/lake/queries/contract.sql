-- The settlements of one contract within a window, oldest first, as they were known at a time.
SELECT symbol, time, rate, rate_text, interval_hours, price, price_text, source, fetched_at
FROM read_parquet($files, hive_partitioning = false)
WHERE symbol = $symbol
  AND time >= $since
  AND time <= $until
  AND fetched_at <= $as_of
ORDER BY time
