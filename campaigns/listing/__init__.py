"""The campaigns list: campaigns, ad groups and ads with columns, filters, totals and export."""

from campaigns.listing.asked import read_filters
from campaigns.listing.columns import COLUMNS, SETS, Column, columns_of
from campaigns.listing.export import csv_text, file_name
from campaigns.listing.filters import Filters
from campaigns.listing.levels import LEVELS, Level
from campaigns.listing.lines import Line
from campaigns.listing.picking import MOST_AT_ONCE, picked
from campaigns.listing.table import line_of, read_table

__all__ = [
    "COLUMNS",
    "LEVELS",
    "MOST_AT_ONCE",
    "SETS",
    "Column",
    "Filters",
    "Level",
    "Line",
    "columns_of",
    "csv_text",
    "file_name",
    "line_of",
    "picked",
    "read_filters",
    "read_table",
]
