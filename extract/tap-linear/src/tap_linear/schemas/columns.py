"""Columns that most tables have."""

from __future__ import annotations

from tap_linear.common.columns import timestamp

ROW = {
    "created_at": timestamp("When the row was created."),
    "updated_at": timestamp("When the row last changed."),
    "archived_at": timestamp("When the row was archived; null while it is not."),
}
