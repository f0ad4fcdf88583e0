"""The tables: data sources, their pages, the properties of the pages, and people."""

from __future__ import annotations

from singer_sdk import typing as th

from tap_notion.common.columns import (
    boolean,
    column,
    date,
    json,
    number,
    schema,
    string,
    strings,
    timestamp,
)

MINUTE = "Notion cuts it to the minute."

DATA_SOURCES = schema(
    id=string("Notion's ID of the data source."),
    database_id=string("ID of the database that contains it."),
    database_title=string("Title of that database; null if it is not shared."),
    title=string("Title."),
    description=string("Description."),
    properties=column(
        th.ArrayType(
            th.ObjectType(
                th.Property("id", th.StringType),
                th.Property("name", th.StringType),
                th.Property("type", th.StringType),
                th.Property("description", th.StringType),
                th.Property(
                    "options",
                    th.ArrayType(
                        th.ObjectType(
                            th.Property("id", th.StringType),
                            th.Property("name", th.StringType),
                            th.Property("group_name", th.StringType),
                        )
                    ),
                ),
                th.Property("number_format", th.StringType),
                th.Property("formula_expression", th.StringType),
                th.Property("relation_data_source_id", th.StringType),
                th.Property("rollup_function", th.StringType),
                th.Property("rollup_relation_property_id", th.StringType),
            )
        ),
        "Columns of the data source, which Notion calls properties. Options belong to "
        "select, multi_select and status; group_name is the group of a status.",
    ),
    is_inline=boolean("Whether its database is shown inside a page."),
    in_trash=boolean("Whether it is in the trash."),
    url=string("Address in Notion."),
    created_at=timestamp(f"When it was created. {MINUTE}"),
    last_edited_at=timestamp(f"When it last changed. {MINUTE}"),
)

PAGES = schema(
    id=string("Notion's ID of the page."),
    data_source_id=string("ID of its data source: data_sources.id."),
    database_id=string("ID of the database of its data source."),
    title=string("Title: the text of the property of type title."),
    url=string("Address in Notion."),
    in_trash=boolean("Whether it is in the trash."),
    is_archived=boolean("Whether it is archived."),
    is_locked=boolean("Whether it is locked against changes."),
    created_at=timestamp(f"When it was created. {MINUTE}"),
    last_edited_at=timestamp(
        f"When somebody last changed it. {MINUTE} A formula or a rollup can change "
        "without it."
    ),
    created_by_id=string("ID of who created it: users.id."),
    last_edited_by_id=string("ID of who last changed it: users.id."),
    icon=string("Icon: an emoji, a name or an address."),
    parent_page_id=string("ID of the page that contains it, if a page does."),
    properties=json("All properties, by name, as the API returned them."),
)

PAGE_PROPERTIES = schema(
    "page_id",
    "property_id",
    page_id=string("ID of the page: pages.id."),
    property_id=string("Notion's ID of the property; it survives a new name."),
    data_source_id=string("ID of the page's data source: data_sources.id."),
    property_name=string("Name of the property now."),
    property_type=string("Type of the property, such as checkbox."),
    value_boolean=boolean("Value of a checkbox, or a result that is true or false."),
    value_number=number("Value of a number, a unique ID, or a result."),
    value_string=string(
        "Text, the name of an option, an address, a user's ID, or a date as Notion "
        "writes it (of an interval: start/end)."
    ),
    value_date=date(
        "Day of a date as the user sees it: its first 10 characters, in no time zone."
    ),
    value_start_at=timestamp("Start of a date with a time of day."),
    value_end_at=timestamp("End of a date with a time of day."),
    value_time_zone=string("Time zone of a date, if the user chose one."),
    value_strings=strings(
        "Names of options and files, IDs of pages and users, or the values of a rollup."
    ),
    is_truncated=boolean(
        "Whether the value is not complete: Notion cut the list, or could not finish "
        "the calculation."
    ),
)

USERS = schema(
    id=string("Notion's ID of the user."),
    type=string("person or bot."),
    name=string("Name."),
    email=string(
        "E-mail address of a person; null if the connection lacks the capability."
    ),
    bot_owner=string(
        "Owner of a connection: `workspace`, or the ID of a user: users.id."
    ),
)

PAGE_INDEX = schema(
    id=string("Notion's ID of the page: pages.id."),
    data_source_id=string("ID of its data source: data_sources.id."),
    last_edited_at=timestamp(f"When somebody last changed it. {MINUTE}"),
)
