"""A stand-in for Notion's API: databases, data sources, pages, users and search."""
