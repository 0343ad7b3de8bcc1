"""The demo's data: a shop with three ad accounts, two briefs, pictures and a video."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from adsengine.management.story_video import save_story_video
from campaigns.models import Asset
from campaigns.services import BriefInput, save_image
from core.common import dates
from core.common.money import Money
from core.models import Actor, Advertiser, Membership, Mode, Role, User
from platforms.connect_sandbox import connect_sandbox
from platforms.models import AdAccount

ADVERTISER, SLUG = "Fernway Outdoor", "fernway"
USERNAME, PASSWORD = "demo", "walk-the-fern-way"
FLIGHT_DAYS = 60

BRIEFS: list[dict[str, Any]] = [
    {
        "name": "Spring hiking boots",
        "total": Decimal(21600),
        "headlines": (
            "Boots for long days",
            "Light boots, firm grip",
            "Walk further in comfort",
            "Waterproof hiking boots",
            "Free returns for 60 days",
            "Made for wet trails",
        ),
        "descriptions": (
            "Light, waterproof boots with a grip that holds on wet rock. Free returns.",
            "From the first step to the last hut: boots that need no breaking in.",
            "Tested on 2,000 km of trails. Find your size in two minutes.",
        ),
        "keywords": ("hiking boots", "waterproof walking boots", "light trekking boots"),
        "pictures": [
            ("#2f6f4f", "Boots that stay dry"),
            ("#b5652b", "Walk further"),
            ("#27527a", "New grip"),
        ],
        "video": ("#35606b", "Out at sunrise"),
    },
    {
        "name": "Two-person tents",
        "total": Decimal(16200),
        "headlines": (
            "Tents under two kilos",
            "Up in four minutes",
            "Dry in any weather",
            "Light two-person tents",
            "Sleep well outside",
            "Tents with a warranty",
        ),
        "descriptions": (
            "A tent that weighs less than your sleeping bag and stands in four minutes.",
            "Storm-proof to 90 km/h and dry inside. Ten years of warranty.",
            "Room for two and their packs, from 1.8 kg. See it pitched.",
        ),
        "keywords": ("two person tent", "lightweight tent", "backpacking tent"),
        "pictures": [
            ("#7a3b62", "Up in 4 minutes"),
            ("#3c6e71", "Under 2 kg"),
            ("#a4632f", "Storm-proof"),
        ],
    },
]


def make_user() -> User:
    """The demo's superuser; created at the first start only."""
    user, created = User.objects.get_or_create(
        username=USERNAME,
        defaults={"email": "demo@example.com", "is_staff": True, "is_superuser": True},
    )
    if created:
        user.set_password(PASSWORD)
        user.save()
    return user


def make_people() -> tuple[User, Advertiser]:
    """The demo's user and advertiser; created at the first start only."""
    user = make_user()
    advertiser, _ = Advertiser.objects.get_or_create(
        slug=SLUG,
        defaults={
            "name": ADVERTISER,
            "currency": "USD",
            "time_zone": "America/New_York",
            "mode": Mode.ACT,
            "monthly_budget_micros": 28_000_000_000,
            "max_daily_total_micros": 1_500_000_000,
        },
    )
    Membership.objects.get_or_create(
        user=user, advertiser=advertiser, defaults={"role": Role.ADMIN}
    )
    return user, advertiser


def connect_accounts(actor: Actor, advertiser: Advertiser) -> list[AdAccount]:
    """Connect the sandbox's three accounts by token, as a person would."""
    return connect_sandbox(actor=actor, advertiser=advertiser)


def brief_input(
    story: dict[str, Any], advertiser: Advertiser, accounts: list[AdAccount]
) -> BriefInput:
    start = dates.today(advertiser.time_zone) + timedelta(days=1)
    return BriefInput(
        name=story["name"],
        objective="traffic",
        total_budget=Money(story["total"], advertiser.currency),
        start=start,
        end=start + timedelta(days=FLIGHT_DAYS - 1),
        landing_url="https://shop.example.com/" + story["name"].lower().replace(" ", "-"),
        countries=("US",),
        headlines=story["headlines"],
        descriptions=story["descriptions"],
        shares={account.pk: Decimal(1) for account in accounts},
        keywords=story["keywords"],
        call_to_action="SHOP_NOW",
        image_ids=tuple(asset.pk for asset in _media(story, advertiser)),
    )


def _media(story: dict[str, Any], advertiser: Advertiser) -> list[Asset]:
    pictures = [_picture(advertiser, *picture) for picture in story["pictures"]]
    if "video" not in story:
        return pictures
    colour, words = story["video"]
    return [*pictures, save_story_video(advertiser, colour, words, ADVERTISER)]


def _picture(advertiser: Advertiser, colour: str, words: str) -> Asset:
    """A drawn picture in the wide format of Meta's and TikTok's feeds."""
    image = Image.new("RGB", (1200, 628), colour)
    draw = ImageDraw.Draw(image, "RGBA")
    for i, height in enumerate((420, 330, 470, 380, 440)):
        left = i * 280 - 140
        draw.polygon(
            [(left, 628), (left + 280, height - 60), (left + 560, 628)], fill=(255, 255, 255, 34)
        )
    draw.ellipse((930, 70, 1090, 230), fill=(255, 236, 179, 200))
    draw.text((200, 120), words, font=ImageFont.load_default(size=92), fill="white")
    draw.text(
        (204, 240), ADVERTISER, font=ImageFont.load_default(size=40), fill=(255, 255, 255, 210)
    )
    file = BytesIO()
    image.save(file, "PNG")
    file.seek(0)
    return save_image(advertiser=advertiser, file=file, name=f"{words}.png")
