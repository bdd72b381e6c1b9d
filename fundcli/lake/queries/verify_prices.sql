-- How many hours of a price break each rule, in the order of fundcli/lake/verify.py.
SELECT count(*) FILTER (symbol IS NULL OR symbol = '' OR time IS NULL OR open IS NULL OR high IS NULL OR low IS NULL
                        OR close IS NULL OR source IS NULL OR fetched_at IS NULL),
       count(*) FILTER (NOT isfinite(open) OR NOT isfinite(high) OR NOT isfinite(low) OR NOT isfinite(close)
                        OR least(open, high, low, close) < 0),
       count(*) FILTER (open > high OR close > high OR open < low OR close < low),
       count(*) FILTER (epoch_us(time) % 3600000000 <> 0),
       count(*) FILTER (year(time) <> $year)
FROM read_parquet($files, hive_partitioning = false)
