-- A partition's rows, some with another interval.
SELECT held.* REPLACE (coalesce(changed.hours, held.interval_hours) AS interval_hours)
FROM read_parquet($file, hive_partitioning = false) AS held
LEFT JOIN (
    SELECT unnest($1::VARCHAR[]) AS symbol, unnest($2::TIMESTAMP[]) AS time, unnest($3::INTEGER[]) AS hours
) AS changed USING (symbol, time)
