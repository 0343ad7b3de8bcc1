"""The campaigns list: campaigns, ad groups and ads with columns, filters, totals and export."""

from campaigns.lists.columns import COLUMNS, SETS, Column, columns_of
from campaigns.lists.export import csv_text, file_name
from campaigns.lists.filter_parsing import read_filters
from campaigns.lists.filters import Filters
from campaigns.lists.levels import LEVELS, Level
from campaigns.lists.lines import ListLine
from campaigns.lists.row_selection import MOST_AT_ONCE, selected_rows
from campaigns.lists.table import line_of, read_table

__all__ = [
    "COLUMNS",
    "LEVELS",
    "MOST_AT_ONCE",
    "SETS",
    "Column",
    "Filters",
    "Level",
    "ListLine",
    "columns_of",
    "csv_text",
    "file_name",
    "line_of",
    "read_filters",
    "read_table",
    "selected_rows",
]
