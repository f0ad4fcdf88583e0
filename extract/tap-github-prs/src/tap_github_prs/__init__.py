"""Singer tap for GitHub pull requests and all that hangs on them."""
