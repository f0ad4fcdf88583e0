"""A tap knows the version of its package, whose name is not the tap's."""

from __future__ import annotations

import re

from tap_linear.common.package import version_of


def test_the_version_of_a_tap_is_that_of_its_package() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", version_of("tap-linear"))


def test_a_tap_that_is_not_installed_has_no_version() -> None:
    assert version_of("tap-of-nobody") == "unknown"
