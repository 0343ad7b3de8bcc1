"""Checks of an ad's content: texts, pins and images against the limits of its type."""

from collections import Counter
from typing import Any

from sandbox.google import kinds
from sandbox.google.batch import MutateBatch
from sandbox.google.errors import Path, Problem, Refusal
from sandbox.google.fields import get_enum
from sandbox.google.rules.ad_specs import PINS, SPECS, ImageLimits, TextLimits
from sandbox.google.rules.policy import check_ad_policy
from sandbox.google.rules.shared import Problems, check_text_length, field_path, required_problem
from sandbox.google.store import ad_texts

Message = Any
_TOLERANCE = 0.01


def check_content(batch: MutateBatch, ad: Message, kind: str) -> Problems:
    """All problems inside `ad.<kind>`. Replaces temporary image references by real names."""
    spec, body = SPECS[kind], getattr(ad, kind)
    for name, texts in spec.texts.items():
        yield from _check_count(getattr(body, name), texts, field_path("ad", kind, name))
        yield from _check_texts(getattr(body, name), texts.length, ("ad", kind), name)
    yield from _check_repeats(body, kind)
    yield from check_ad_policy(ad_texts(ad), field_path("ad"))
    for name, max_length in spec.singles.items():
        yield from _check_single(body, name, max_length, kind, is_required=name in spec.required)
    if kind == "responsive_search_ad":
        yield from _check_search_ad(body, kind)
    for name, images in spec.images.items():
        yield from _check_images(batch, getattr(body, name), images, ("ad", kind), name)


def _check_count(items: Any, limits: TextLimits | ImageLimits, path: Path) -> Problems:
    name = path[-1][0]
    if len(items) < limits.min_count:
        message = f"{name} has {len(items)} items; at least {limits.min_count} are needed."
        yield Problem("collection_size_error", "TOO_FEW", message, path)
    elif len(items) > limits.max_count:
        message = f"{name} has {len(items)} items; at most {limits.max_count} are allowed."
        yield Problem("collection_size_error", "TOO_MANY", message, path)


def _check_texts(items: Any, length: int, parents: tuple[str, ...], name: str) -> Problems:
    for index, item in enumerate(items):
        yield from check_text_length(item.text, length, field_path(*parents, (name, index), "text"))
        pin = get_enum(item, "pinned_field")
        if pin != "UNSPECIFIED" and pin not in PINS[name]:
            message = f"{name} cannot be pinned to {pin}."
            path = field_path(*parents, (name, index), "pinned_field")
            yield Problem("asset_link_error", "INVALID_PINNED_FIELD", message, path)


def _check_repeats(body: Message, kind: str) -> Problems:
    seen: set[str] = set()
    for name in SPECS[kind].texts:
        for index, item in enumerate(getattr(body, name)):
            text = item.text.strip()
            if text in seen:
                message = f"The text '{text}' is in the ad twice."
                path = field_path("ad", kind, (name, index))
                yield Problem("asset_error", "DUPLICATE_ASSET", message, path, text)
            seen.add(text)


def _check_single(
    body: Message, name: str, max_length: int, kind: str, *, is_required: bool
) -> Problems:
    value = getattr(body, name)
    nested = not isinstance(value, str)
    text = value.text if nested else value
    path = field_path("ad", kind, name, "text") if nested else field_path("ad", kind, name)
    if text:
        yield from check_text_length(text, max_length, path)
    elif is_required:
        yield required_problem(field_path("ad", kind, name))


def _check_search_ad(body: Message, kind: str) -> Problems:
    if body.path2 and not body.path1:
        message = "path2 needs path1."
        yield Problem(
            "ad_error", "CANNOT_SET_PATH2_WITHOUT_PATH1", message, field_path("ad", kind, "path2")
        )
    for name, positions in PINS.items():
        pins = Counter(get_enum(item, "pinned_field") for item in getattr(body, name))
        unpinned = pins.pop("UNSPECIFIED", 0)
        if pins and unpinned + len(pins) < len(positions):
            message = f"The pins of {name} leave a position without a text."
            code = "NOT_ENOUGH_AVAILABLE_ASSET_LINKS_FOR_VALID_COMBINATION"
            yield Problem("asset_link_error", code, message, field_path("ad", kind, name))


def _check_images(
    batch: MutateBatch, items: Any, images: ImageLimits, parents: tuple[str, ...], name: str
) -> Problems:
    yield from _check_count(items, images, field_path(*parents, name))
    for index, item in enumerate(items):
        path = field_path(*parents, (name, index), "asset")
        try:
            key, asset = batch.find_existing(kinds.ASSET, item.asset, path)
        except Refusal as error:
            yield from error.problems
            continue
        item.asset = kinds.ASSET.resource_name(batch.store.customer_id, key)
        yield from _check_shape(asset, images, path)


def _check_shape(asset: Message, images: ImageLimits, path: Path) -> Problems:
    if not asset.HasField("image_asset"):
        code = "FIELD_TYPE_INCOMPATIBLE_WITH_ASSET_TYPE"
        yield Problem("asset_link_error", code, "The asset is not an image.", path)
        return
    size = asset.image_asset.full_size
    ratio = size.width_pixels / size.height_pixels
    if abs(ratio / images.ratio - 1) > _TOLERANCE:
        message = f"The image is {ratio:.2f} times as wide as high; {images.ratio} is needed."
        yield Problem("image_error", "ASPECT_RATIO_NOT_ALLOWED", message, path)
    elif size.width_pixels < images.width or size.height_pixels < images.height:
        message = f"The image must have at least {images.width} x {images.height} pixels."
        yield Problem("image_error", "IMAGE_TOO_SMALL", message, path)
