"""Singer tap for GitHub pull requests and all that hangs on them."""

from importlib.metadata import version

__version__ = version("tap-github-prs")
