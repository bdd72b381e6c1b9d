-- From when to when each contract has been asked for, as known at a time; what lies after the asking was not asked.
SELECT exchange, symbol, min(since) AS since, max(least(until, fetched_at)) AS until
FROM read_parquet($files, hive_partitioning = true, hive_types = {'kind': VARCHAR, 'exchange': VARCHAR, 'year': INTEGER})
WHERE covers = 'funding'
  AND list_contains($symbols, symbol)
  AND fetched_at <= $as_of
GROUP BY exchange, symbol
ORDER BY exchange, symbol
