"""Singer tap for GitHub's pull requests, their reviews, comments, files and commits."""
