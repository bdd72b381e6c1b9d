-- What has been asked for of some contracts, oldest first; windows that touch or overlap are one.
WITH asked AS (
    SELECT *,
           max(until) OVER (PARTITION BY symbol ORDER BY since, until
                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
    FROM read_parquet($files, hive_partitioning = false)
    WHERE covers = $covers
      AND (len($symbols) = 0 OR list_contains($symbols, symbol))
),
numbered AS (
    SELECT *,
           count(*) FILTER (reached IS NULL OR since > reached) OVER (PARTITION BY symbol ORDER BY since, until
                                                                      ROWS UNBOUNDED PRECEDING) AS run
    FROM asked
)
SELECT symbol, min(since) AS since, max(until) AS until, max(fetched_at) AS fetched_at
FROM numbered
GROUP BY symbol, run
ORDER BY symbol, since
