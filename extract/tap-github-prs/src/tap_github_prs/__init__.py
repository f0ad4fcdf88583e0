"""Singer tap for GitHub's pull requests, their reviews, comments, files and commits."""

from importlib.metadata import version

__version__ = version("tap-github-prs")
