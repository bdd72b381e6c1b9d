-- How many rows of one file break each rule, in the order of fundcli/lake/verify.py.
SELECT count(*) FILTER (symbol IS NULL OR symbol = '' OR time IS NULL OR rate IS NULL OR source IS NULL
                        OR fetched_at IS NULL),
       count(*) FILTER (NOT isfinite(rate) OR abs(rate) > 1),
       count(*) FILTER (rate_text IS NOT NULL
                        AND (try_cast(rate_text AS DOUBLE) IS NULL OR try_cast(rate_text AS DOUBLE) <> rate)),
       count(*) FILTER (epoch_us(time) % 3600000000 <> 0),
       count(*) FILTER (year(time) <> $year),
       count(*) FILTER (interval_hours < 1 OR interval_hours > 8760)
FROM read_parquet($files, hive_partitioning = false)
