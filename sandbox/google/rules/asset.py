"""Checks of assets: images, texts and videos (Google Ads API v26, AssetService)."""

import hashlib
import io

from PIL import Image, UnidentifiedImageError

from sandbox.google import kinds
from sandbox.google.batch import Batch
from sandbox.google.errors import Problem
from sandbox.google.fields import enum_number
from sandbox.google.rules.shared import Message, Problems, ResourceChange, Rules, at, required

_SERVED = ("image_asset", "text_asset", "youtube_video_asset")
_LARGEST = 5 * 1024 * 1024
_MIME = {"JPEG": "IMAGE_JPEG", "PNG": "IMAGE_PNG", "GIF": "IMAGE_GIF"}
_DATA = at("image_asset", "data")


def _check(change: ResourceChange) -> Problems:
    if not change.creating:
        if change.message.HasField("image_asset"):
            message = "An image keeps its first name."
            yield Problem("asset_error", "CANNOT_MODIFY_ASSET_NAME", message, at("name"))
        return
    which = change.message.WhichOneof("asset_data")
    if which is None:
        yield required(at("asset_data"))
    elif which == "image_asset":
        yield from _image(change.message)
    elif which == "text_asset":
        if not change.message.text_asset.text.strip():
            yield required(at("text_asset", "text"))
    elif which == "youtube_video_asset":
        if len(change.message.youtube_video_asset.youtube_video_id) != 11:
            path = at("youtube_video_asset", "youtube_video_id")
            message = "A YouTube video id has 11 characters."
            yield Problem("field_error", "INVALID_VALUE", message, path)
    else:
        message = f"The sandbox serves {', '.join(_SERVED)}; not {which}."
        code = "CUSTOMER_NOT_ON_ALLOWLIST_FOR_ASSET_TYPE"
        yield Problem("asset_error", code, message, at(which))


def _image(message: Message) -> Problems:
    data = message.image_asset.data
    if not message.name.strip():
        text = "An image asset needs a name."
        yield Problem("asset_error", "NAME_REQUIRED_FOR_ASSET_TYPE", text, at("name"))
    if not data:
        text = "image_asset.data is empty."
        yield Problem("asset_error", "ASSET_DATA_IS_MISSING", text, _DATA)
        return
    code = _image_fault(data)
    if code is not None:
        text = "Images are JPEG, PNG or still GIF of at most 5 MB, in RGB."
        yield Problem("image_error", code, text, _DATA)


def _image_fault(data: bytes) -> str | None:
    if len(data) > _LARGEST:
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


def _defaults(_: Batch, message: Message) -> None:
    if not message.HasField("image_asset"):
        return
    body = message.image_asset
    with Image.open(io.BytesIO(body.data)) as image:
        body.full_size.width_pixels, body.full_size.height_pixels = image.size
        body.mime_type = enum_number(body, "mime_type", _MIME[str(image.format)])
    body.file_size = len(body.data)
    body.full_size.url = f"https://tpc.googlesyndication.com/simgad/{_digest(body.data)}"
    body.ClearField("data")  # write only: never read back


def _new_key(batch: Batch, message: Message) -> str:
    """The same content answers the asset that exists already."""
    which = message.WhichOneof("asset_data")
    for key in batch.store.keys(kinds.ASSET):
        other = batch.store.get(kinds.ASSET, key)
        if other is None or other.WhichOneof("asset_data") != which:
            continue
        if _mark(other) == _mark(message):
            return key
    return batch.store.world.new_id("google")


def _mark(message: Message) -> str:
    if message.HasField("image_asset"):
        body = message.image_asset
        return _digest(body.data) if body.data else str(body.full_size.url.rpartition("/")[2])
    if message.HasField("text_asset"):
        return str(message.text_asset.text)
    return str(message.youtube_video_asset.youtube_video_id)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:20]


RULES = Rules(_check, _new_key, _defaults)
