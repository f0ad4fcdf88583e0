"""Seeded random walks: days of a company with faults, kills and new settings."""
