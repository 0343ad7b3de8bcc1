"""Pages of lists: the newest first, by cursor."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from core.api.fields import LARGEST_ID

PAGE_SIZE = 50
LARGEST_PAGE = 500


class NewestFirst(CursorPagination):
    ordering = "-id"
    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE

    def get_page_size(self, request: Request) -> int:
        """Raises ValidationError where DRF would take the default, or the most, without a word."""
        text = request.query_params.get("page_size")
        if text is None:
            return PAGE_SIZE
        size = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
        if not 1 <= size <= LARGEST_PAGE:
            raise ValidationError({"page_size": f"Write a number from 1 to {LARGEST_PAGE}."})
        return size

    def decode_cursor(self, request: Request) -> Any:
        """Raises NotFound for a cursor that no page gave: its position is not an id."""
        cursor = super().decode_cursor(request)
        if cursor is None or cursor.position is None:
            return cursor
        position = str(cursor.position)
        digits = position.isascii() and position.isdigit() and len(position) < 20
        if not digits or int(position) > LARGEST_ID:
            raise NotFound(self.invalid_cursor_message)
        return cursor


def paging_names() -> set[str]:
    return {"cursor", "page_size"}
