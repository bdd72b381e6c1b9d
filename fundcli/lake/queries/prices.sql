-- The price at the beginning of a contract's hours within a window, as known at a time.
SELECT time, open
FROM read_parquet($files, hive_partitioning = false)
WHERE symbol = $symbol
  AND time >= $since
  AND time <= $until
  AND fetched_at <= $as_of
ORDER BY time
