"""The import contracts against the folders that exist: no room stands outside of them."""

from __future__ import annotations

from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("adsengine", "agents", "campaigns", "core", "optimization", "platforms", "sandbox")
DJANGO_FINDS = {"apps", "management", "migrations", "templatetags"}
MOST_MODULES = 15


def rooms() -> Iterator[Path]:
    """Every package with modules of its own, but for those that Django finds by their name."""
    for package in PACKAGES:
        for init in sorted((ROOT / package).rglob("__init__.py")):
            inside = set(init.parent.relative_to(ROOT).parts)
            if not inside & DJANGO_FINDS and children(init.parent):
                yield init.parent


def children(room: Path) -> set[str]:
    modules = {file.stem for file in room.glob("*.py")} - {"__init__"}
    packages = {init.parent.name for init in room.glob("*/__init__.py")}
    return (modules | packages) - DJANGO_FINDS


def dotted(room: Path) -> str:
    return ".".join(room.relative_to(ROOT).parts)


def contracts() -> ConfigParser:
    found = ConfigParser()
    found.read(ROOT / ".importlinter", encoding="utf-8")
    return found


def layers() -> dict[str, set[str]]:
    """The modules that the exhaustive contract of each container puts in layers."""
    found = contracts()
    exhaustive = [
        found[section] for section in found if found[section].get("exhaustive", "") == "true"
    ]
    return {
        container: set(contract["layers"].replace("|", " ").replace(":", " ").split())
        for contract in exhaustive
        for container in contract["containers"].split()
    }


def test_every_module_of_every_room_stands_in_a_layer() -> None:
    assert layers() == {dotted(room): children(room) for room in rooms()}


def test_every_package_of_the_product_is_under_contract() -> None:
    given = contracts()["importlinter"]["root_packages"].split()
    with_code = {init.parent.name for init in ROOT.glob("*/__init__.py")}
    assert set(given) == set(PACKAGES) == with_code


def test_no_room_holds_more_modules_than_a_reader_takes_in() -> None:
    crowded = {
        dotted(room): len(modules)
        for room in rooms()
        if len(modules := [f for f in room.glob("*.py") if f.stem != "__init__"]) > MOST_MODULES
    }
    assert crowded == {}
