"""BigQuery: credentials, calls, jobs, statements and tables."""
