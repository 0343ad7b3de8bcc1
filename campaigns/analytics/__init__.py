"""Analytics: any metric over time and by any part, compared, and as it was reported on a day.

A `Query` is read strictly from the URL; a `Report` is what it shows. Page, CSV, API and e-mail
print the same lines of one report.
"""

from campaigns.analytics.charts import chart
from campaigns.analytics.export import csv_text, file_name
from campaigns.analytics.measures import BY_KEY, MEASURES
from campaigns.analytics.parsing import read_query, strict_query
from campaigns.analytics.query import BREAKDOWNS, Query
from campaigns.analytics.report import Report, read_report

__all__ = [
    "BREAKDOWNS",
    "BY_KEY",
    "MEASURES",
    "Query",
    "Report",
    "chart",
    "csv_text",
    "file_name",
    "read_query",
    "read_report",
    "strict_query",
]
