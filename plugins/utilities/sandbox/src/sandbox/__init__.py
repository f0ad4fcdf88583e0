"""Local BigQuery and stand-ins for the Linear and GitHub APIs."""
