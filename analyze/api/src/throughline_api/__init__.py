"""The marts over HTTP and for assistants, read-only."""
