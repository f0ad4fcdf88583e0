"""Singer target for BigQuery that loses nothing."""
