"""Local BigQuery and stand-ins for the APIs of all sources."""
