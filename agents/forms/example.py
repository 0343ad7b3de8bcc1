"""An example brief for the sandbox: an invented shop with drawn pictures."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from agents.forms.choices import launch_accounts
from agents.planners.budget_split import least_daily
from campaigns.models import Asset, Brief
from campaigns.services import BriefInput, create_brief, save_image
from core.common import dates
from core.common.errors import InvalidInput
from core.common.money import Money
from core.models import Actor, Advertiser

NAME, DAYS = "Example: hiking boots", 30
PICTURES = (("#2f6f4f", "Boots that stay dry"), ("#b5652b", "Walk further"))
LEAST_DAILY, MINIMUMS = Decimal(10), 2  # a small amount that every account accepts


def write_example(*, actor: Actor, advertiser: Advertiser) -> Brief:
    """On all accounts that have the first one's currency. Raises InvalidInput without any, and
    InputErrors like every brief."""
    usable, _ = launch_accounts(advertiser)
    if not usable:
        raise InvalidInput("Connect an ad account first.", field="accounts")
    accounts = [a for a in usable if a.currency == usable[0].currency]
    daily = max(LEAST_DAILY, *(least_daily(account).amount for account in accounts)) * MINIMUMS
    start = dates.today(advertiser.time_zone) + timedelta(days=1)
    brief_input = BriefInput(
        name=NAME,
        objective="traffic",
        total_budget=Money(daily * DAYS * len(accounts), accounts[0].currency),
        start=start,
        end=start + timedelta(days=DAYS - 1),
        landing_url="https://shop.example.com/boots",
        countries=("US",),
        headlines=("Boots for long days", "Light boots, firm grip", "Walk further in comfort"),
        descriptions=(
            "Light, waterproof boots with a grip that holds on wet rock.",
            "From the first step to the last hut. Free returns for 60 days.",
        ),
        keywords=("hiking boots", "waterproof walking boots"),
        shares={account.pk: Decimal(1) for account in accounts},
        image_ids=tuple(_picture(advertiser, *picture).pk for picture in PICTURES),
    )
    return create_brief(actor=actor, advertiser=advertiser, content=brief_input)


def _picture(advertiser: Advertiser, colour: str, words: str) -> Asset:
    image = Image.new("RGB", (1200, 628), colour)
    draw = ImageDraw.Draw(image)
    draw.text((100, 240), words, font=ImageFont.load_default(size=92), fill="white")
    file = BytesIO()
    image.save(file, "PNG")
    file.seek(0)
    return save_image(advertiser=advertiser, file=file, name=f"{words}.png")
