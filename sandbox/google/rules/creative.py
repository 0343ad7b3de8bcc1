"""Checks of what an ad shows: its texts, pins and images, against the table of ad types."""

from collections import Counter
from typing import Any

from sandbox.google import kinds
from sandbox.google.batch import Batch
from sandbox.google.errors import Path, Problem, Refusal
from sandbox.google.fields import get_enum
from sandbox.google.rules.ad_specs import PINS, SPECS, Images, Texts
from sandbox.google.rules.shared import Problems, at, required, text_length

Message = Any
_TOLERANCE = 0.01


def content(batch: Batch, ad: Message, kind: str) -> Problems:
    """Everything wrong inside `ad.<kind>`; image references are replaced by real names."""
    spec, body = SPECS[kind], getattr(ad, kind)
    for name, texts in spec.texts.items():
        yield from _count(getattr(body, name), texts, at("ad", kind, name))
        yield from _texts(getattr(body, name), texts.length, ("ad", kind), name)
    yield from _repeats(body, kind)
    for name, most in spec.singles.items():
        yield from _single(body, name, most, kind, needed=name in spec.needed)
    if kind == "responsive_search_ad":
        yield from _search_ad(body, kind)
    for name, images in spec.images.items():
        yield from _images(batch, getattr(body, name), images, ("ad", kind), name)


def _count(items: Any, limits: Texts | Images, path: Path) -> Problems:
    name = path[-1][0]
    if len(items) < limits.least:
        message = f"{name} has {len(items)} items; at least {limits.least} are needed."
        yield Problem("collection_size_error", "TOO_FEW", message, path)
    elif len(items) > limits.most:
        message = f"{name} has {len(items)} items; at most {limits.most} are allowed."
        yield Problem("collection_size_error", "TOO_MANY", message, path)


def _texts(items: Any, length: int, parents: tuple[str, ...], name: str) -> Problems:
    for index, item in enumerate(items):
        yield from text_length(item.text, length, at(*parents, (name, index), "text"))
        pin = get_enum(item, "pinned_field")
        if pin != "UNSPECIFIED" and pin not in PINS[name]:
            message = f"{name} cannot be pinned to {pin}."
            path = at(*parents, (name, index), "pinned_field")
            yield Problem("asset_link_error", "INVALID_PINNED_FIELD", message, path)


def _repeats(body: Message, kind: str) -> Problems:
    seen: set[str] = set()
    for name in SPECS[kind].texts:
        for index, item in enumerate(getattr(body, name)):
            text = item.text.strip()
            if text in seen:
                message = f"The text '{text}' is in the ad twice."
                path = at("ad", kind, (name, index))
                yield Problem("asset_error", "DUPLICATE_ASSET", message, path, text)
            seen.add(text)


def _single(body: Message, name: str, most: int, kind: str, *, needed: bool) -> Problems:
    value = getattr(body, name)
    nested = not isinstance(value, str)
    text = value.text if nested else value
    path = at("ad", kind, name, "text") if nested else at("ad", kind, name)
    if text:
        yield from text_length(text, most, path)
    elif needed:
        yield required(at("ad", kind, name))


def _search_ad(body: Message, kind: str) -> Problems:
    if body.path2 and not body.path1:
        message = "path2 needs path1."
        yield Problem(
            "ad_error", "CANNOT_SET_PATH2_WITHOUT_PATH1", message, at("ad", kind, "path2")
        )
    for name, positions in PINS.items():
        pins = Counter(get_enum(item, "pinned_field") for item in getattr(body, name))
        free = pins.pop("UNSPECIFIED", 0)
        if pins and free + len(pins) < len(positions):
            message = f"The pins of {name} leave a position that nothing can fill."
            code = "NOT_ENOUGH_AVAILABLE_ASSET_LINKS_FOR_VALID_COMBINATION"
            yield Problem("asset_link_error", code, message, at("ad", kind, name))


def _images(
    batch: Batch, items: Any, images: Images, parents: tuple[str, ...], name: str
) -> Problems:
    yield from _count(items, images, at(*parents, name))
    for index, item in enumerate(items):
        path = at(*parents, (name, index), "asset")
        try:
            key, asset = batch.existing(kinds.ASSET, item.asset, path)
        except Refusal as refused:
            yield from refused.problems
            continue
        item.asset = kinds.ASSET.resource_name(batch.store.customer_id, key)
        yield from _shape(asset, images, path)


def _shape(asset: Message, images: Images, path: Path) -> Problems:
    if not asset.HasField("image_asset"):
        code = "FIELD_TYPE_INCOMPATIBLE_WITH_ASSET_TYPE"
        yield Problem("asset_link_error", code, "The asset is no image.", path)
        return
    size = asset.image_asset.full_size
    ratio = size.width_pixels / size.height_pixels
    if abs(ratio / images.ratio - 1) > _TOLERANCE:
        message = f"The image is {ratio:.2f} times as wide as high; {images.ratio} is needed."
        yield Problem("image_error", "ASPECT_RATIO_NOT_ALLOWED", message, path)
    elif size.width_pixels < images.width or size.height_pixels < images.height:
        message = f"The image must have at least {images.width} x {images.height} pixels."
        yield Problem("image_error", "IMAGE_TOO_SMALL", message, path)
