-- Settlements with the interval that ended at each, seen from the spacing of those known at a time and nothing else.
-- The rules are those of fundcli.core.history.spacing: a step between settlements is an interval where it stands in a
-- run of three equal ones that some exchange has ever used; any other is held against the longer established neighbour,
-- and where nothing is established against the shortest step there is. The first settlement takes the interval after it.
WITH steps AS (
    SELECT exchange, symbol, time, year, rate, rate_text, price, price_text, source, fetched_at,
           lag(time) OVER w AS after,
           (epoch_ms(time) - epoch_ms(lag(time) OVER w)) // 3600000 AS step
    FROM read_parquet($files, hive_partitioning = true,
                      hive_types = {'kind': VARCHAR, 'exchange': VARCHAR, 'year': INTEGER})
    WHERE true
      AND symbol >= $low
      AND symbol <= $high
      AND list_contains($symbols, symbol)
      AND fetched_at <= $as_of
    WINDOW w AS (PARTITION BY exchange, symbol ORDER BY time)
),
established AS (
    SELECT *,
           CASE WHEN step IN (1, 2, 4, 6, 8, 12, 24)
                 AND ((lag(step, 2) OVER w = step AND lag(step) OVER w = step)
                      OR (lag(step) OVER w = step AND lead(step) OVER w = step)
                      OR (lead(step) OVER w = step AND lead(step, 2) OVER w = step))
                THEN step END AS own,
           min(step) OVER (PARTITION BY exchange, symbol) AS shortest
    FROM steps
    WINDOW w AS (PARTITION BY exchange, symbol ORDER BY time)
),
neighbours AS (
    SELECT *,
           last_value(own IGNORE NULLS) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS earlier,
           first_value(own IGNORE NULLS) OVER (w ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS later
    FROM established
    WINDOW w AS (PARTITION BY exchange, symbol ORDER BY time)
),
expected AS (
    SELECT *,
           CASE WHEN step IS NULL THEN NULL
                WHEN own IS NOT NULL THEN own
                WHEN earlier IS NULL AND later IS NULL THEN shortest
                ELSE least(step, greatest(coalesce(earlier, later), coalesce(later, earlier))) END AS ruling
    FROM neighbours
)
SELECT exchange, symbol, time, year, rate, rate_text, price, price_text, source, fetched_at, after, step,
       CAST(coalesce(ruling, lead(ruling) OVER (PARTITION BY exchange, symbol ORDER BY time)) AS INTEGER)
           AS interval_hours
FROM expected
