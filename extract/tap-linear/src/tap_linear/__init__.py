"""Singer tap for Linear."""
