-- Per contract of an hourly kind (prices, open interest): how many hours, from when to when, as known at a time.
SELECT exchange, symbol, count(*) AS hours, min(time) AS first, max(time) AS last
FROM read_parquet($files, hive_partitioning = true, hive_types = {'kind': VARCHAR, 'exchange': VARCHAR, 'year': INTEGER})
WHERE true
  AND list_contains($symbols, symbol)
  AND fetched_at <= $as_of
GROUP BY exchange, symbol
ORDER BY exchange, symbol
