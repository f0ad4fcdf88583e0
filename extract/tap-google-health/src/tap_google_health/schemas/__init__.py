"""Columns of every stream: name, type, meaning.

Only the key is required, because a device that does not measure something sends
nothing. A missing value is null and never 0, except for sums: the API leaves out zeros.
"""
