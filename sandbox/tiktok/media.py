"""Image and video files of the TikTok emulator."""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.http.webapp import Upload
from sandbox.tiktok import errors
from sandbox.tiktok import params as read
from sandbox.tiktok.params import Call, Params, Tik
from sandbox.world import images, video_probe

_MOST_PIXELS = 3_686_400
_MOST_BYTES = 50 * 1024 * 1024
_MOST_VIDEO_BYTES = 500 * 1024 * 1024


def upload_image(tik: Tik, call: Call) -> Params:
    """file/image/ad/upload: by file (with its MD5) or by id. Raises ApiError."""
    file = _file(call, "image_file", "image_signature")
    picture = images.read_image(file.content)
    if picture is None:
        raise errors.ApiError(errors.BAD_IMAGE, "Unsupported image format; use JPG or PNG.")
    if picture.width * picture.height > _MOST_PIXELS or len(file.content) > _MOST_BYTES:
        raise errors.ApiError(
            errors.BAD_IMAGE, f"The image exceeds {_MOST_PIXELS} pixels or 50 MB."
        )
    name = _free_name(tik, call, file, "images")
    number = f"ad-site-i18n-sg/{tik.world.new_id('tiktok')}"
    image = {
        "image_id": number,
        "material_id": tik.world.new_id("tiktok"),
        "file_name": name,
        "width": picture.width,
        "height": picture.height,
        "format": picture.format,
        "size": len(file.content),
        "signature": _digest(file.content),
        "image_url": f"https://sandbox.invalid/{number}",
        "is_carousel_usable": True,
        "displayable": True,
        "create_time": read.shown(tik.now()),
    }
    return tik.world.put_object("tiktok", "images", number, image)


def upload_video(tik: Tik, call: Call) -> list[Params]:
    """file/video/ad/upload: unlike images, the answer is a list. Raises ApiError."""
    file = _file(call, "video_file", "video_signature")
    film = video_probe.read_video(file.content)
    if film is None:
        raise errors.ApiError(errors.BAD_VIDEO, "Unsupported video format; use MP4 or MOV.")
    if len(file.content) > _MOST_VIDEO_BYTES:
        raise errors.ApiError(errors.BAD_VIDEO, "The video exceeds 500 MB.")
    name = _free_name(tik, call, file, "videos")
    number = f"v10033g5{tik.world.new_id('tiktok')}"
    video = {
        "video_id": number,
        "material_id": tik.world.new_id("tiktok"),
        "file_name": name,
        "size": len(file.content),
        "signature": _digest(file.content),
        "width": film.width,
        "height": film.height,
        "duration": round(film.seconds, 3),
        "create_time": read.shown(tik.now()),
        "done_at": video_probe.processing_end(tik.world, "tiktok"),
    }
    return [_shown_video(tik.world.put_object("tiktok", "videos", number, video))]


def _shown_video(video: Params) -> Params:
    """It can be shown, and used in an ad, once it is transcoded."""
    shown = {key: value for key, value in video.items() if key != "done_at"}
    return {**shown, "displayable": video_probe.is_processed(video)}


def image_info(tik: Tik, params: Params) -> Params:
    """file/image/ad/info. Unknown ids are left out."""
    return {"list": _known(tik, "images", read.ids(params, "image_ids", 100))}


def video_info(tik: Tik, params: Params) -> Params:
    videos = _known(tik, "videos", read.ids(params, "video_ids", 60))
    return {"list": [_shown_video(video) for video in videos]}


def search_images(tik: Tik, params: Params) -> Params:
    return _search(tik, "images", params)


def search_videos(tik: Tik, params: Params) -> Params:
    found = _search(tik, "videos", params)
    return {**found, "list": [_shown_video(video) for video in found["list"]]}


def _file(call: Call, field: str, signature: str) -> Upload:
    kind = call.params.get("upload_type") or "UPLOAD_BY_FILE"
    if kind != "UPLOAD_BY_FILE":
        raise errors.invalid(f"upload_type: {kind} is not served by this sandbox; send the file.")
    file = next((file for file in call.files if file.name == field), None)
    if file is None:
        raise errors.missing([field])
    read.require(call.params, [signature])
    if call.params[signature] != _digest(file.content):
        raise errors.ApiError(errors.SIGNATURE, f"{signature}: the MD5 doesn't match the file.")
    return file


def _free_name(tik: Tik, call: Call, file: Upload, shelf: str) -> str:
    name = str(call.params.get("file_name") or file.filename)
    if any(item["file_name"] == name for item in tik.world.list_objects("tiktok", shelf).values()):
        raise errors.ApiError(errors.FILE_EXISTS, f"Duplicated material name: {name}")
    return name


def _known(tik: Tik, shelf: str, numbers: list[str]) -> list[Any]:
    found = tik.world.list_objects("tiktok", shelf)
    return [found[number] for number in numbers if number in found]


def _search(tik: Tik, shelf: str, params: Params) -> Params:
    rule = read.structure(params, "filtering", dict) or {}
    names = (rule.get(key) for key in ("file_name", "image_name", "video_name"))
    name = str(next((each for each in names if each), "")).casefold()
    found = tik.world.list_objects("tiktok", shelf).values()
    rows = [item for item in found if name in item["file_name"].casefold()]
    return read.page(rows, params, default=20)


def _digest(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
