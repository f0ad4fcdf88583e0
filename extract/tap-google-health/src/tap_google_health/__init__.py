"""Singer tap for the Google Health API."""
