"""Requests: how they are sent, what their errors mean, and when to wait."""
