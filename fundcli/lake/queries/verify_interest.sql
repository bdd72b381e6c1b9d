-- How many hours of open interest break each rule, in the order of fundcli/lake/verify.py.
SELECT count(*) FILTER (symbol IS NULL OR symbol = '' OR time IS NULL OR source IS NULL OR fetched_at IS NULL
                        OR (amount IS NULL AND value IS NULL)),
       count(*) FILTER (NOT isfinite(amount) OR NOT isfinite(value) OR least(amount, value) < 0),
       count(*) FILTER (epoch_us(time) % 3600000000 <> 0),
       count(*) FILTER (year(time) <> $year)
FROM read_parquet($files, hive_partitioning = false)
