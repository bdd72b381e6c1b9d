-- Hours of a price for others, by exchange, contract and time.
SELECT regexp_extract(filename, 'exchange=([^/\\]+)[/\\]year=', 1) AS exchange,
       symbol, time, open, high, low, close, source, fetched_at
FROM read_parquet($files, hive_partitioning = false, filename = true)
WHERE (len($symbols) = 0 OR list_contains($symbols, symbol))
  AND time BETWEEN $since AND $until
ORDER BY exchange, symbol, time
