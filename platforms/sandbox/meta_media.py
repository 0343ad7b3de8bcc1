"""Images and videos of the Meta emulator."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from platforms.sandbox import images
from platforms.sandbox import meta_errors as errors
from platforms.sandbox import meta_params as read
from platforms.sandbox.meta_fields import Node
from platforms.sandbox.meta_graph import Graph
from platforms.sandbox.meta_params import Params
from platforms.sandbox.webapp import Upload

_MAX_BYTES = 30 * 1024 * 1024
_PHASES = ("start", "transfer", "finish", "cancel")


def upload_images(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    """POST act_X/adimages: `bytes` in base64 or file parts. Raises GraphError."""
    pictures = {file.filename or file.name: file.content for file in files}
    if encoded := read.text(params, "bytes"):
        pictures = {"bytes": _decoded(encoded)}
    if not pictures:
        raise errors.required("filename")
    name = read.text(params, "name")
    return {"images": {key: _keep(graph, name or key, data) for key, data in pictures.items()}}


def image_view(graph: Graph, image: Params) -> Node:
    own = f"{graph.account.id}:{image['hash']}"
    shown = {"account_id": graph.account.id, "status": "ACTIVE", "permalink_url": image["url"]}
    return Node("AdImage", own, {**image, **shown, "id": own, "original_width": image["width"]})


def upload_video(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    """POST act_X/advideos in one piece or in the phases of a chunked upload."""
    phase = read.choice(params, "upload_phase", _PHASES)
    if phase is not None:
        return _PHASE_CALLS[phase](graph, params, files)
    content = next((file.content for file in files), b"")
    if not content and not read.text(params, "file_url"):
        raise errors.required("source")
    return {"id": _keep_video(graph, params, len(content))["id"]}


def video_view(graph: Graph, video: Params) -> Node:
    ready = {"video_status": "ready", "processing_progress": 100}
    phases = {f"{name}_phase": {"status": "complete"} for name in ("uploading", "processing")}
    return Node(
        "Video",
        video["id"],
        {
            **video,
            "status": {**ready, **phases, "publishing_phase": {"status": "complete"}},
            "created_time": graph.time(graph.now()),
            "picture": f"https://sandbox.invalid/video/{video['id']}.jpg",
        },
    )


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        raise errors.invalid("bytes must be base64", "bytes") from None


def _keep(graph: Graph, name: str, data: bytes) -> Params:
    picture = images.inspect(data)
    if picture is None or len(data) > _MAX_BYTES:
        raise errors.invalid("The image must be a JPG or PNG of at most 30 MB.", "bytes")
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    image = {
        "hash": digest,
        "name": name,
        "url": f"https://sandbox.invalid/image/{digest}.{picture.format}",
        "width": picture.width,
        "height": picture.height,
    }
    return graph.world.put_object("meta", "images", digest, image)


def _keep_video(graph: Graph, params: Params, size: int) -> Params:
    number = graph.world.new_id("meta")
    title = read.text(params, "title") or read.text(params, "name") or number
    video = {"id": number, "title": title, "length": max(1, size // 500_000)}
    return graph.world.put_object("meta", "videos", number, video)


def _start(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    size = read.whole(params, "file_size")
    if not size:
        raise errors.required("file_size")
    video = _keep_video(graph, params, size)
    session = graph.world.new_id("meta")
    state = {"size": size, "offset": 0, "video_id": video["id"]}
    graph.world.put_object("meta", "uploads", session, state)
    return {"upload_session_id": session, "video_id": video["id"], **_offsets(state)}


def _transfer(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    session, state = _session(graph, params)
    if read.whole(params, "start_offset") != state["offset"] or not files:
        raise errors.GraphError(
            "Resume the upload", 100, 1363037, fields=("start_offset",), transient=True
        )
    offset = min(state["size"], state["offset"] + len(files[0].content))
    state = graph.world.put_object("meta", "uploads", session, {**state, "offset": offset})
    return _offsets(state)


def _finish(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    session, state = _session(graph, params)
    if state["offset"] != state["size"]:
        raise errors.invalid("The video is not complete yet.", "upload_session_id")
    graph.world.drop_object("meta", "uploads", session)
    return {"success": True}


def _cancel(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    session, state = _session(graph, params)
    graph.world.drop_object("meta", "uploads", session)
    graph.world.drop_object("meta", "videos", state["video_id"])
    return {"success": True}


_PHASE_CALLS = {"start": _start, "transfer": _transfer, "finish": _finish, "cancel": _cancel}
_CHUNK = 4 * 1024 * 1024


def _session(graph: Graph, params: Params) -> tuple[str, Params]:
    session = read.needed(params, "upload_session_id")
    state = graph.world.get_object("meta", "uploads", session)
    if state is None:
        raise errors.missing_object(session, "POST")
    return session, state


def _offsets(state: Params) -> Params:
    end = min(state["size"], state["offset"] + _CHUNK)
    return {"start_offset": str(state["offset"]), "end_offset": str(end)}
