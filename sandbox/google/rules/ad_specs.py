"""What each type of ad must hold: counts, lengths and image shapes (Google Ads API v26, ads)."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Texts:
    least: int
    most: int
    length: int


@dataclass(frozen=True)
class Images:
    """`ratio` is width by height, met within one in a hundred."""

    least: int
    most: int
    ratio: float
    width: int
    height: int


@dataclass(frozen=True)
class AdSpec:
    """`singles` are one-text fields with their longest length; `needed` must not be empty."""

    channel: str
    texts: dict[str, Texts]
    singles: dict[str, int] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    images: dict[str, Images] = field(default_factory=dict)


_LANDSCAPE = Images(1, 15, 1.91, 600, 314)
_SQUARE = Images(1, 15, 1.0, 300, 300)
_LOGO = Images(0, 5, 4.0, 512, 128)
_SQUARE_LOGO = Images(0, 5, 1.0, 128, 128)

SPECS = {
    "responsive_search_ad": AdSpec(
        "SEARCH",
        {"headlines": Texts(3, 15, 30), "descriptions": Texts(2, 4, 90)},
        {"path1": 15, "path2": 15},
    ),
    "responsive_display_ad": AdSpec(
        "DISPLAY",
        {"headlines": Texts(1, 5, 30), "descriptions": Texts(1, 5, 90)},
        {"long_headline": 90, "business_name": 25, "call_to_action_text": 30},
        ("long_headline", "business_name"),
        {
            "marketing_images": _LANDSCAPE,
            "square_marketing_images": _SQUARE,
            "logo_images": _LOGO,
            "square_logo_images": _SQUARE_LOGO,
        },
    ),
    "demand_gen_multi_asset_ad": AdSpec(
        "DEMAND_GEN",
        {"headlines": Texts(1, 5, 40), "descriptions": Texts(1, 5, 90)},
        {"business_name": 25, "call_to_action_text": 30},
        ("business_name",),
        {
            "marketing_images": Images(1, 20, 1.91, 600, 314),
            "square_marketing_images": Images(0, 20, 1.0, 300, 300),
            "portrait_marketing_images": Images(0, 20, 0.8, 480, 600),
            "logo_images": Images(1, 5, 1.0, 128, 128),
        },
    ),
}
PINS = {
    "headlines": ("HEADLINE_1", "HEADLINE_2", "HEADLINE_3"),
    "descriptions": ("DESCRIPTION_1", "DESCRIPTION_2"),
}
MOST_ENABLED_SEARCH_ADS = 3
