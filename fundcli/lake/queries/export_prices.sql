-- Hours of a price for others, by exchange, contract and time.
SELECT exchange, symbol, time, open, high, low, close, source, fetched_at
FROM read_parquet($files, hive_partitioning = true, hive_types = {'kind': VARCHAR, 'exchange': VARCHAR, 'year': INTEGER})
WHERE true
  AND list_contains($symbols, symbol)
  AND list_contains($pairs, exchange || ' ' || symbol)
  AND time >= $since
  AND time <= $until
  AND fetched_at <= $as_of
ORDER BY exchange, symbol, time
