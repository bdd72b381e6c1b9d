-- Mark prices of some contracts of an exchange at the beginning of their hours, oldest first, as known at a time.
SELECT symbol,
       list(epoch_ms(time) ORDER BY time) AS times,
       list(open ORDER BY time) AS opens
FROM read_parquet($files, hive_partitioning = false)
WHERE open > 0
  AND isfinite(open)
  AND list_contains($symbols, symbol)
  AND time >= $since
  AND time <= $until
  AND fetched_at <= $as_of
GROUP BY symbol
ORDER BY symbol
