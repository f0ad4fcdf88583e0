"""The stand-in for the Google Health API (docs/apis/google_health.md)."""
