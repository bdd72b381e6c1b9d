-- How many windows break the rules of coverage.
SELECT count(*) FILTER (symbol IS NULL OR since IS NULL OR until IS NULL OR fetched_at IS NULL OR since > until)
FROM read_parquet($files, hive_partitioning = false)
