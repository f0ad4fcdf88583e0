"""A stand-in for GitHub's GraphQL and REST APIs, of github.com and of GHES."""
