"""Code that all taps share: extract/common in the repository, part of each package."""
