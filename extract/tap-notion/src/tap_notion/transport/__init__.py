"""Sends requests to Notion's API, and says what its errors mean."""
