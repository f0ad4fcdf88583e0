"""Singer tap for Notion."""
