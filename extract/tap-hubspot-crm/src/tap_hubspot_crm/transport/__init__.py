"""Requests to HubSpot: credential, limits, errors."""
