"""Image and video files of the TikTok emulator: upload, info, search."""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.http.webapp import Upload
from sandbox.tiktok import errors
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Params, TikTok, TikTokCall
from sandbox.world import images, video_probe

_MAX_PIXELS = 3_686_400
_MAX_BYTES = 50_000_000  # an image must be below, a video may be equal
_MAX_VIDEO_BYTES = 500_000_000


def upload_image(tiktok: TikTok, call: TikTokCall) -> Params:
    """file/image/ad/upload: by file (with its MD5) or by id. Raises ApiError."""
    file = _require_file(call, "image_file", "image_signature")
    info = images.read_image(file.content)
    if info is None:
        raise errors.ApiError(errors.BAD_IMAGE, "Unsupported image format; use JPG or PNG.")
    if info.width * info.height > _MAX_PIXELS or len(file.content) >= _MAX_BYTES:
        raise errors.ApiError(errors.BAD_IMAGE, f"The image exceeds {_MAX_PIXELS} pixels or 50 MB.")
    name = _require_unused_name(tiktok, call, file)
    image_id = f"ad-site-i18n-sg/{tiktok.world.new_id('tiktok')}"
    image = {
        "image_id": image_id,
        "material_id": tiktok.world.new_id("tiktok"),
        "file_name": name,
        "width": info.width,
        "height": info.height,
        "format": info.format,
        "size": len(file.content),
        "signature": _md5(file.content),
        "image_url": f"https://sandbox.invalid/{image_id}",
        "is_carousel_usable": True,
        "displayable": True,
        "create_time": read.format_time(tiktok.now()),
    }
    return tiktok.world.put_object("tiktok", "images", image_id, image)


def upload_video(tiktok: TikTok, call: TikTokCall) -> list[Params]:
    """file/video/ad/upload: unlike images, the answer is a list. Raises ApiError."""
    file = _require_file(call, "video_file", "video_signature")
    info = video_probe.read_video(file.content)
    if info is None:
        raise errors.ApiError(errors.BAD_VIDEO, "Unsupported video format; use MP4 or MOV.")
    if len(file.content) > _MAX_VIDEO_BYTES:
        raise errors.ApiError(errors.BAD_VIDEO, "The video exceeds 500 MB.")
    name = _require_unused_name(tiktok, call, file)
    video_id = f"v10033g5{tiktok.world.new_id('tiktok')}"
    video = {
        "video_id": video_id,
        "material_id": tiktok.world.new_id("tiktok"),
        "file_name": name,
        "size": len(file.content),
        "signature": _md5(file.content),
        "width": info.width,
        "height": info.height,
        "duration": round(info.seconds, 3),
        "create_time": read.format_time(tiktok.now()),
        "done_at": video_probe.processing_end(tiktok.world, "tiktok"),
    }
    return [_video_row(tiktok.world.put_object("tiktok", "videos", video_id, video))]


def _video_row(video: Params) -> Params:
    """The video as the API returns it; `displayable` once it is transcoded."""
    row = {key: value for key, value in video.items() if key != "done_at"}
    return {**row, "displayable": video_probe.is_processed(video)}


def image_info(tiktok: TikTok, params: Params) -> Params:
    """file/image/ad/info. Unknown ids are left out."""
    return {"list": _existing_files(tiktok, "images", read.ids(params, "image_ids", 100))}


def video_info(tiktok: TikTok, params: Params) -> Params:
    videos = _existing_files(tiktok, "videos", read.ids(params, "video_ids", 60))
    return {"list": [_video_row(video) for video in videos]}


def search_images(tiktok: TikTok, params: Params) -> Params:
    return _search(tiktok, "images", params)


def search_videos(tiktok: TikTok, params: Params) -> Params:
    rows = _search(tiktok, "videos", params)
    return {**rows, "list": [_video_row(video) for video in rows["list"]]}


def _require_file(call: TikTokCall, field: str, signature: str) -> Upload:
    kind = call.params.get("upload_type") or "UPLOAD_BY_FILE"
    if kind != "UPLOAD_BY_FILE":
        raise errors.invalid(f"upload_type: {kind} is not served by this sandbox; send the file.")
    file = next((file for file in call.files if file.name == field), None)
    if file is None:
        raise errors.missing([field])
    read.require(call.params, [signature])
    if call.params[signature] != _md5(file.content):
        raise errors.ApiError(
            errors.WRONG_SIGNATURE, f"{signature}: the MD5 doesn't match the file."
        )
    return file


def _require_unused_name(tiktok: TikTok, call: TikTokCall, file: Upload) -> str:
    """A name is unique in the account, among images and videos alike. Raises ApiError."""
    name = str(call.params.get("file_name") or file.filename)
    kinds = [tiktok.world.list_objects("tiktok", kind) for kind in ("images", "videos")]
    if any(item["file_name"] == name for stored in kinds for item in stored.values()):
        raise errors.ApiError(errors.FILE_EXISTS, f"Duplicated material name: {name}")
    return name


def _existing_files(tiktok: TikTok, kind: str, ids: list[str]) -> list[Any]:
    stored = tiktok.world.list_objects("tiktok", kind)
    return [stored[file_id] for file_id in ids if file_id in stored]


def _search(tiktok: TikTok, kind: str, params: Params) -> Params:
    filtering = read.json_value(params, "filtering", dict) or {}
    names = (filtering.get(key) for key in ("file_name", "image_name", "video_name"))
    name = str(next((each for each in names if each), "")).casefold()
    stored = tiktok.world.list_objects("tiktok", kind).values()
    rows = [item for item in stored if name in item["file_name"].casefold()]
    return read.page(rows, params, default=20)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
