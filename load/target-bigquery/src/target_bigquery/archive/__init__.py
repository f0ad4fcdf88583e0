"""Parquet files in Cloud Storage, and loading them again."""
