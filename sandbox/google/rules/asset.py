"""Checks and defaults of assets: images, texts and videos (Google Ads API v26, AssetService)."""

import hashlib
import io

from PIL import Image, UnidentifiedImageError

from sandbox.google import kinds
from sandbox.google.batch import MutateBatch
from sandbox.google.errors import Problem
from sandbox.google.fields import enum_number
from sandbox.google.rules.shared import (
    Message,
    Problems,
    ResourceChange,
    ResourceRules,
    field_path,
    required_problem,
)

_SERVED = ("image_asset", "text_asset", "youtube_video_asset")
_MAX_BYTES = 5 * 1024 * 1024
_MIME = {"JPEG": "IMAGE_JPEG", "PNG": "IMAGE_PNG", "GIF": "IMAGE_GIF"}
_DATA = field_path("image_asset", "data")


def _check(change: ResourceChange) -> Problems:
    if not change.is_create:
        if change.message.HasField("image_asset"):
            message = "The name of an image cannot be changed."
            yield Problem("asset_error", "CANNOT_MODIFY_ASSET_NAME", message, field_path("name"))
        return
    which = change.message.WhichOneof("asset_data")
    if which is None:
        yield required_problem(field_path("asset_data"))
    elif which == "image_asset":
        yield from _check_image(change.message)
    elif which == "text_asset":
        if not change.message.text_asset.text.strip():
            yield required_problem(field_path("text_asset", "text"))
    elif which == "youtube_video_asset":
        if len(change.message.youtube_video_asset.youtube_video_id) != 11:
            path = field_path("youtube_video_asset", "youtube_video_id")
            message = "A YouTube video id has 11 characters."
            yield Problem("field_error", "INVALID_VALUE", message, path)
    else:
        message = f"The sandbox serves {', '.join(_SERVED)}; not {which}."
        code = "CUSTOMER_NOT_ON_ALLOWLIST_FOR_ASSET_TYPE"
        yield Problem("asset_error", code, message, field_path(which))


def _check_image(message: Message) -> Problems:
    data = message.image_asset.data
    if not message.name.strip():
        text = "An image asset needs a name."
        yield Problem("asset_error", "NAME_REQUIRED_FOR_ASSET_TYPE", text, field_path("name"))
    if not data:
        text = "image_asset.data is empty."
        yield Problem("asset_error", "ASSET_DATA_IS_MISSING", text, _DATA)
        return
    code = _image_error_code(data)
    if code is not None:
        text = "Images are JPEG, PNG or still GIF of at most 5 MB, in RGB."
        yield Problem("image_error", code, text, _DATA)


def _image_error_code(data: bytes) -> str | None:
    if len(data) > _MAX_BYTES:
        return "FILE_TOO_LARGE"
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            if image.format not in _MIME:
                return "FORMAT_NOT_ALLOWED"
            if getattr(image, "is_animated", False):
                return "ANIMATED_NOT_ALLOWED"
            return "CMYK_JPEG_NOT_ALLOWED" if image.mode == "CMYK" else None
    except (UnidentifiedImageError, OSError):
        return "INVALID_IMAGE"


def _set_defaults(_: MutateBatch, message: Message) -> None:
    if not message.HasField("image_asset"):
        return
    body = message.image_asset
    with Image.open(io.BytesIO(body.data)) as image:
        body.full_size.width_pixels, body.full_size.height_pixels = image.size
        body.mime_type = enum_number(body, "mime_type", _MIME[str(image.format)])
    body.file_size = len(body.data)
    body.full_size.url = f"https://tpc.googlesyndication.com/simgad/{_digest(body.data)}"
    body.ClearField("data")  # write-only


def _new_key(batch: MutateBatch, message: Message) -> str:
    """The key of an existing asset with the same content, else a new one."""
    which = message.WhichOneof("asset_data")
    for key in batch.store.keys(kinds.ASSET):
        other = batch.store.get(kinds.ASSET, key)
        if other is None or other.WhichOneof("asset_data") != which:
            continue
        if _content_id(other) == _content_id(message):
            return key
    return batch.store.world.new_id("google")


def _content_id(message: Message) -> str:
    if message.HasField("image_asset"):
        body = message.image_asset
        return _digest(body.data) if body.data else str(body.full_size.url.rpartition("/")[2])
    if message.HasField("text_asset"):
        return str(message.text_asset.text)
    return str(message.youtube_video_asset.youtube_video_id)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:20]


RULES = ResourceRules(_check, _new_key, _set_defaults)
