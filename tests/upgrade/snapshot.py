"""What pages and API say of a stored installation, as JSON, with the market clock at one moment.

Run as `python -m tests.upgrade.snapshot 2026-11-29T08:30:00+00:00` in the environment of that
installation. It reads figures and states, not sentences: those may be put better.
"""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import datetime
from html import unescape
from typing import Any

API = {
    "campaigns": "campaigns/?page_size=100",
    "performance": "performance/?range=2026-10-30..2026-11-28",
    "ab_tests": "ab-tests/?page_size=100",
    "rebalances": "rebalances/",
    "decisions": "decisions/",
    "runs": "runs/?page_size=100",
}
DAYS = "range=2026-10-30..2026-11-28"
PAGES = {"overview": f"?{DAYS}", "campaigns": f"campaigns/?{DAYS}"}
_CELL = re.compile(
    r'<td class="num[^"]*"[^>]*>(.*?)</td>|<span class="kpi-value">(.*?)</span>', re.S
)
_TAG = re.compile(r"<[^>]+>")


def numbers(page: str) -> list[str]:
    """The texts of the cells and cards that hold figures, in the order of the page."""
    found = (unescape(_TAG.sub(" ", "".join(cell))) for cell in _CELL.findall(page))
    return [" ".join(text.split()) for text in found]


def snapshot() -> dict[str, Any]:
    from django.test import Client

    from core.models import Advertiser, AuditEntry, User

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username="demo"))
    slug = Advertiser.objects.get().slug
    pages = {name: client.get(f"/a/{slug}/{path}") for name, path in PAGES.items()}
    entries = AuditEntry.objects.order_by("pk").values_list("action", "target_type", "market_at")
    return {
        "api": {name: client.get(f"/api/v1/{path}").json() for name, path in API.items()},
        "pages": {name: numbers(page.content.decode()) for name, page in pages.items()},
        "history": [[action, target, at.isoformat()] for action, target, at in entries],
    }


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "adsengine.settings"
    import django

    django.setup()
    from core.common import clock

    with clock.freeze(datetime.fromisoformat(sys.argv[1])):
        json.dump(snapshot(), sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
