"""Records and their schemas: from JSON to typed Parquet columns."""
