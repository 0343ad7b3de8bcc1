"""A person without a mouse: Tab, Enter, Space, arrows and typing, nothing else.

What cannot be reached, or is reached without being seen to be, fails the test.
"""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

MOST_STOPS = 160
_HAS_FOCUS = "element => element === document.activeElement"
# An outline of two pixels or more, on the element or on the picture or label that stands for it.
_SHOWS_FOCUS = """element => {
  const shows = one => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  };
  const box = element.getBoundingClientRect();
  const inView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const parts = [element, ...(element.parentElement?.children ?? [])];
  return inView && box.width > 0 && parts.some(shows);
}"""


class Keyboard:
    """Presses keys on a page. Its targets are only looked at: where the focus is, is asserted."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def tab_to(self, target: Any) -> None:
        """Press Tab until the target has the focus."""
        expect(target).to_have_count(1)
        for _ in range(MOST_STOPS):
            if target.evaluate(_HAS_FOCUS):
                break
            self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"{MOST_STOPS} times Tab do not lead to {target}")
        assert target.evaluate(_SHOWS_FOCUS), f"the focus on {target} is not seen"

    def press(self, target: Any, key: str = "Enter") -> None:
        self.tab_to(target)
        self.page.keyboard.press(key)

    def link(self, name: str, within: Any = None) -> None:
        self.press((within or self.page).get_by_role("link", name=name, exact=True).first)

    def button(self, name: str | re.Pattern[str], within: Any = None) -> None:
        """Pressed with Space, as buttons are."""
        place = within or self.page
        exact = isinstance(name, str)
        self.press(place.get_by_role("button", name=name, exact=exact).first, "Space")

    def unfold(self, text: str, within: Any = None) -> None:
        """Open a fold or a pop-up."""
        self.press((within or self.page).locator("summary", has_text=text).first)

    def write(self, label: str, text: str) -> None:
        """Into a field, instead of what stands there. Enter makes the lines."""
        # A label may say more, e.g. "(optional)".
        self.tab_to(self.page.get_by_label(re.compile(rf"^\s*{label}\s*(\(|$)")))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def untick(self, target: Any) -> None:
        expect(target).to_be_checked()
        self.press(target, "Space")
        expect(target).not_to_be_checked()

    def choose(self, target: Any, label: str) -> None:
        """In a list of choices, by the arrow keys."""
        self.tab_to(target)
        for _ in range(target.locator("option").count()):
            if target.locator("option:checked").inner_text().strip() == label:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no choice {label!r} in {target}")
