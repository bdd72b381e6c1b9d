"""The lake: funding history that stays, as Parquet files that anything reads. The only importer of DuckDB."""
