-- When some contracts settled within a span, in milliseconds since 1970, and at which interval, oldest first.
SELECT symbol,
       list(epoch_ms(time) ORDER BY time) AS times,
       list(interval_hours ORDER BY time) AS hours
FROM read_parquet($files, hive_partitioning = false)
WHERE list_contains($symbols, symbol)
  AND time BETWEEN $since AND $until
GROUP BY symbol
