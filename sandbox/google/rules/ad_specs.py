"""Limits of each ad type: counts, lengths and image ratios (Google Ads API v26, ads)."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class TextLimits:
    """`length` is the maximum number of characters."""

    min_count: int
    max_count: int
    length: int


@dataclass(frozen=True)
class ImageLimits:
    """`ratio` is width by height, with a tolerance of 1 %; `width` and `height` are minimums."""

    min_count: int
    max_count: int
    ratio: float
    width: int
    height: int


@dataclass(frozen=True)
class AdSpec:
    """`singles` are single-text fields with their maximum length; `required` must not be empty."""

    channel: str
    texts: dict[str, TextLimits]
    singles: dict[str, int] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    images: dict[str, ImageLimits] = field(default_factory=dict)


_LANDSCAPE = ImageLimits(1, 15, 1.91, 600, 314)
_SQUARE = ImageLimits(1, 15, 1.0, 300, 300)
_LOGO = ImageLimits(0, 5, 4.0, 512, 128)
_SQUARE_LOGO = ImageLimits(0, 5, 1.0, 128, 128)

SPECS = {
    "responsive_search_ad": AdSpec(
        "SEARCH",
        {"headlines": TextLimits(3, 15, 30), "descriptions": TextLimits(2, 4, 90)},
        {"path1": 15, "path2": 15},
    ),
    "responsive_display_ad": AdSpec(
        "DISPLAY",
        {"headlines": TextLimits(1, 5, 30), "descriptions": TextLimits(1, 5, 90)},
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
        {"headlines": TextLimits(1, 5, 40), "descriptions": TextLimits(1, 5, 90)},
        {"business_name": 25, "call_to_action_text": 30},
        ("business_name",),
        {
            "marketing_images": ImageLimits(1, 20, 1.91, 600, 314),
            "square_marketing_images": ImageLimits(0, 20, 1.0, 300, 300),
            "portrait_marketing_images": ImageLimits(0, 20, 0.8, 480, 600),
            "logo_images": ImageLimits(1, 5, 1.0, 128, 128),
        },
    ),
}
PINS = {
    "headlines": ("HEADLINE_1", "HEADLINE_2", "HEADLINE_3"),
    "descriptions": ("DESCRIPTION_1", "DESCRIPTION_2"),
}
MAX_ENABLED_SEARCH_ADS = 3
