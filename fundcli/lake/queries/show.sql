-- The settlements of some contracts within a window, as they were known at a time.
SELECT exchange, symbol, time, rate, rate_text, interval_hours, price, price_text, source, fetched_at
FROM read_parquet($files, hive_partitioning = true, hive_types = {'kind': VARCHAR, 'exchange': VARCHAR, 'year': INTEGER})
WHERE true
  AND symbol >= $low
  AND symbol <= $high
  AND list_contains($symbols, symbol)
  AND list_contains($pairs, exchange || ' ' || symbol)
  AND time >= $since
  AND time <= $until
  AND fetched_at <= $as_of
ORDER BY exchange, symbol, time
