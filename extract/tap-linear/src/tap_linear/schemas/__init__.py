"""Columns of every stream: name, type, meaning.

The names are those of the documents in queries/ in snake_case, so a column and the
line that asks for it read alike. Only the key is required: plans, scopes and archived
rows leave nearly everything else empty in some workspace. A list is never null.
"""
