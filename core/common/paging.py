"""One page of a list, as templates/partials/pager.html prints it."""

from __future__ import annotations

from dataclasses import dataclass

SIZE = 25


@dataclass(frozen=True)
class Pages:
    """Which page of `count` rows is shown; `page` counts from 1."""

    count: int
    page: int
    size: int = SIZE

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
        return self.offset + 1 if self.count else 0

    @property
    def last(self) -> int:
        return min(self.page * self.size, self.count)

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size

    @property
    def rows(self) -> slice:
        """Of the whole list or queryset."""
        return slice(self.offset, self.page * self.size)


def pages(count: int, wanted: str = "", size: int = SIZE) -> Pages:
    """The page that the URL asks for, or the nearest that there is."""
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else 1
    return Pages(count, min(max(number, 1), max(1, -(-count // size))), size)
