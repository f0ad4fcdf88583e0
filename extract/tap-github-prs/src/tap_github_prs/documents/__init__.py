"""The GraphQL documents of queries/, reduced to what a run needs."""
