-- Per contract: how many settlements, from when to when, the newest interval, how many hours no settlement covers, and
-- when it was last added to. The first settlement ends an interval before the span, so its hours stand outside it.
SELECT exchange,
       symbol,
       count(*) AS settlements,
       min(time) AS first,
       max(time) AS last,
       arg_max(interval_hours, time) AS interval_hours,
       arg_min(interval_hours, time) AS first_interval_hours,
       count(DISTINCT interval_hours) AS intervals,
       max(fetched_at) AS fetched_at,
       CASE WHEN count(interval_hours) = count(*)
            THEN (epoch_ms(max(time)) - epoch_ms(min(time))) / 3600000.0
                 + arg_min(interval_hours, time) - sum(interval_hours) END AS missing_hours
FROM read_parquet($files, hive_partitioning = true, hive_types = {'kind': VARCHAR, 'exchange': VARCHAR, 'year': INTEGER})
WHERE true
  AND symbol >= $low
  AND symbol <= $high
  AND list_contains($symbols, symbol)
  AND fetched_at <= $as_of
GROUP BY exchange, symbol
ORDER BY exchange, symbol
