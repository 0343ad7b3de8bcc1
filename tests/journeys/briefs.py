"""How a brief is written in a browser, and the pictures for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image


def draw(folder: Path, name: str, colour: str) -> str:
    path = folder / name
    Image.new("RGB", (1200, 628), colour).save(path, "PNG")
    return str(path)


def write_brief(page: Any, pictures: list[str]) -> None:
    page.get_by_role("link", name="Briefs").first.click()
    page.get_by_role("link", name="Write the first brief").click()
    page.get_by_label("Name", exact=True).fill("Boots")
    page.get_by_label("Landing page").fill("https://shop.example.com/boots")
    page.get_by_label("Total budget").fill("9,000")
    page.get_by_label("Countries").fill("US")
    page.get_by_label("Headlines").fill("Light boots\nDry feet all day\nWalk further")
    page.get_by_label("Descriptions").fill(
        "Boots that stay dry on wet trails.\nLight boots with a firm grip."
    )
    page.get_by_label("Keywords").fill("hiking boots")
    page.get_by_label("Upload pictures").set_input_files(pictures)
