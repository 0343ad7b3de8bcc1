"""What the tests of the brief pages type, send and read."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from agents.models import Strategy
from agents.services import plan_brief
from campaigns.models import Brief
from campaigns.services import create_brief
from core.models import Actor, Advertiser
from platforms.models import AdAccount
from tests.fixtures.people import People
from tests.fixtures.world import brief_wish

State = Strategy.State


def file(name: str, size: tuple[int, int] = (1200, 628), colour: str = "#336699") -> Any:
    data = BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG")
    return SimpleUploadedFile(name, data.getvalue(), "image/png")


def typed(shops: dict[str, AdAccount], **changes: Any) -> dict[str, Any]:
    """What a person types for a brief that every platform takes."""
    values: dict[str, Any] = {
        "name": "Boots",
        "objective": "traffic",
        "total_budget": "9,000.00",
        "start": "2026-03-16",
        "end": "2026-04-14",
        "landing_url": "https://shop.example.com/boots",
        "countries": "us, CA",
        "age_min": "25",
        "age_max": "54",
        "gender": "female",
        "headlines": "Light boots\n\nDry feet all day\n Walk further \n",
        "descriptions": "Boots that stay dry on wet trails.\nLight boots with a firm grip.",
        "keywords": "hiking boots",
        "call_to_action": "SHOP_NOW",
        "accounts": [account.pk for account in shops.values()],
        "images": [file("blue.png"), file("red.png", colour="#993333")],
    }
    return values | changes


def make_brief(people: People, advertiser: Advertiser, *accounts: AdAccount, **more: Any) -> Brief:
    actor = Actor.person(people.editor)
    wish = brief_wish(advertiser, list(accounts), **more)
    brief = create_brief(actor=actor, advertiser=advertiser, content=wish)
    plan_brief(actor=actor, brief=brief)
    Strategy.objects.filter(brief=brief).update(check_state="passed")  # no platform answers here
    return brief


def strategies(brief: Brief) -> list[Strategy]:
    return list(Strategy.objects.filter(brief=brief).exclude(state="replaced").order_by("pk"))
