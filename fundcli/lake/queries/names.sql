-- Which contracts there are, and how many settlements each has, as known at a time.
SELECT exchange, symbol, count(*) AS settlements
FROM read_parquet($files, hive_partitioning = true, hive_types = {'kind': VARCHAR, 'exchange': VARCHAR, 'year': INTEGER})
WHERE true
  AND fetched_at <= $as_of
GROUP BY exchange, symbol
ORDER BY exchange, symbol
