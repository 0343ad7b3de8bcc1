"""Reads what a page says from its HTML alone: a small tree, without the names of any template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"input", "br", "img", "meta", "link", "hr", "path", "use", "source"}
# Parts of a cell that are about another number, or about none.
ASIDE = {"sr", "delta", "now", "sub", "badge", "edit"}


@dataclass
class Node:
    tag: str = ""
    attrs: dict[str, str] = field(default_factory=dict)
    parts: list[Node | str] = field(default_factory=list)

    @property
    def classes(self) -> set[str]:
        return set(self.attrs.get("class", "").split())

    def all(self, tag: str, kind: str = "") -> Iterator[Node]:
        for part in self.parts:
            if isinstance(part, Node):
                if part.tag == tag and (not kind or kind in part.classes):
                    yield part
                yield from part.all(tag, kind)

    def one(self, tag: str, kind: str = "") -> Node:
        return next(self.all(tag, kind))

    @property
    def text(self) -> str:
        """Without what stands aside."""
        said = [
            part if isinstance(part, str) else "" if part.classes & ASIDE else part.text
            for part in self.parts
        ]
        return " ".join("".join(said).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Node()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].parts.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if any(node.tag == tag for node in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def read(html: str) -> Node:
    reader = _Reader()
    reader.feed(html)
    return reader.open[0]


def table(node: Node) -> list[dict[str, str]]:
    """The lines of a table by heading, its last line too; what names a line stands under ""."""
    heads = [
        cell.text.rstrip("↑↓ ") for row in node.one("thead").all("tr") for cell in row.all("th")
    ]
    found = []
    for part in ("tbody", "tfoot"):
        for body in node.all(part):
            for row in body.all("tr"):
                cells = [c for c in row.parts if isinstance(c, Node)]
                line = dict(zip(heads, (cell.text for cell in cells), strict=True))
                name = next(row.one("th").all("a"), row.one("th"))
                found.append(line | {"": name.text})
    return found


def under(page: Node, title: str) -> Node:
    """The section or figure with that heading."""
    parts = [*page.all("section"), *page.all("figure")]
    return next(p for p in parts if any(h.text == title for h in p.all("h2")))
