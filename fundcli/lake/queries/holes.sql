-- Settlements that should lie between two known ones and are missing, by the contract's own schedule (observed.sql).
SELECT exchange, symbol, after, time AS before, (step + interval_hours - 1) // interval_hours - 1 AS missing,
       interval_hours
FROM observed
WHERE step > interval_hours
ORDER BY exchange, symbol, after
