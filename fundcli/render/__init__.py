"""An answer as table, tsv, json, ndjson, csv or md. Knows formats, not finance; the only importer of rich."""
