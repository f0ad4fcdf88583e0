"""What the page and the API share: settings, the warehouse, the definitions."""
