"""One page of a list: which one the URL asks for, what it holds, and what a pager prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

PAGE_SIZE = 25
_DIGITS = 6
RowT = TypeVar("RowT")


class Paged:
    """What templates/partials/pager.html prints of page `page` (from 1) of `count` rows, `size` on
    a page. A dataclass with these fields may stand on it."""

    count: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // self.size))

    @property
    def before(self) -> int:
        return self.page - 1

    @property
    def after(self) -> int:
        return self.page + 1

    @property
    def first(self) -> int:
        return (self.page - 1) * self.size + 1 if self.count else 0

    @property
    def last(self) -> int:
        return min(self.page * self.size, self.count)


@dataclass(frozen=True)
class Pages(Paged):
    """Which page of a list or queryset is shown."""

    count: int
    page: int
    size: int = PAGE_SIZE

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size

    @property
    def rows(self) -> slice:
        """The slice of the whole list or queryset."""
        return slice(self.offset, self.page * self.size)


def paginate(count: int, wanted: str | int = "", size: int = PAGE_SIZE) -> Pages:
    """The page that the URL asks for, or the nearest that there is."""
    number = wanted if isinstance(wanted, int) else page_number(wanted) or 1
    return Pages(count, min(max(number, 1), Pages(count, 1, size).pages), size)


def page_number(text: str) -> int | None:
    """The number of a page as it stands in a URL; None for what is none."""
    fits = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    return (int(text) or None) if fits else None


def page_of(rows: list[RowT], wanted: int, size: int) -> tuple[int, list[RowT]]:
    """The number of the page that is shown, and its part of `rows`."""
    shown = paginate(len(rows), wanted, size)
    return shown.page, rows[shown.rows]
