from __future__ import annotations

from typing import Any

from django.db import models


class BulkJSONField(models.JSONField):
    """A JSON column whose rows are inserted by the thousand.

    On PostgreSQL Django sends the values of a bulk insert as one array for each column, and
    escapes every quote of every document in Python; a field with a placeholder of its own is sent
    value by value, which takes a tenth of the time.
    """

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s"
