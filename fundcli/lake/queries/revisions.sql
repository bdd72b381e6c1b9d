-- Other rates that came later for known settlements of a contract, as they were known at a time.
SELECT time, rate, rate_text
FROM read_parquet($files, hive_partitioning = false)
WHERE symbol = $symbol
  AND time >= $since
  AND time <= $until
  AND fetched_at <= $as_of
ORDER BY time, fetched_at
