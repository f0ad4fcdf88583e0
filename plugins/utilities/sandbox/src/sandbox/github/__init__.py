"""A stand-in for GitHub's GraphQL and REST APIs, as github.com and as GHES."""
