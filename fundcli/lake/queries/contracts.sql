-- Per contract: how many settlements, from when to when, the newest interval and when it was last added to.
SELECT regexp_extract(filename, 'exchange=([^/\\]+)', 1) AS exchange,
       symbol,
       count(*) AS settlements,
       min(time) AS first,
       max(time) AS last,
       arg_max(interval_hours, time) AS interval_hours,
       count(DISTINCT interval_hours) AS intervals,
       max(fetched_at) AS fetched_at
FROM read_parquet($files, hive_partitioning = false, filename = true)
GROUP BY ALL
ORDER BY exchange, symbol
