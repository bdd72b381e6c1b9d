-- Per contract, or per contract and year: what a mean, quantiles of the rate per hour and a spread are made of.
-- Sums are over whole numbers (rates in steps of 1e-17, rates per hour of 1e-16), so that the order in which threads
-- meet the rows changes no digit; the rest is the same in any order. The outer quantiles are the extremes.
WITH settled AS (
    SELECT exchange,
           symbol,
           CASE WHEN $by_year THEN year END AS of_year,
           time,
           rate,
           interval_hours,
           rate / interval_hours AS per_hour,
           CAST(rate / interval_hours * 1e16 AS BIGINT) AS steps
    FROM read_parquet($files, hive_partitioning = true,
                      hive_types = {'kind': VARCHAR, 'exchange': VARCHAR, 'year': INTEGER})
    WHERE true
      AND symbol >= $low
      AND symbol <= $high
      AND list_contains($symbols, symbol)
      AND time >= $since
      AND time <= $until
      AND fetched_at <= $as_of
)
SELECT exchange,
       symbol,
       of_year,
       count(*) AS settlements,
       count(interval_hours) AS known,
       sum(interval_hours) AS hours,
       sum(CAST(rate * 1e17 AS BIGINT)) FILTER (WHERE interval_hours IS NOT NULL) AS rates,
       quantile_cont(per_hour, [0.0, 0.05, 0.5, 0.95, 1.0]) AS quantiles,
       sum(steps) AS steps,
       sum(CAST(steps AS HUGEINT) * steps) AS squares,
       count(*) FILTER (WHERE rate > 0) AS positive,
       max(rate) AS highest,
       min(rate) AS lowest,
       min(interval_hours) AS shortest,
       max(interval_hours) AS longest,
       min(time) AS first,
       max(time) AS last
FROM settled
GROUP BY exchange, symbol, of_year
ORDER BY exchange, symbol, of_year
