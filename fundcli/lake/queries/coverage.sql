-- What has been asked for of some contracts, and when.
SELECT symbol, since, until, fetched_at
FROM read_parquet($files, hive_partitioning = false)
WHERE len($symbols) = 0 OR list_contains($symbols, symbol)
ORDER BY symbol, since
