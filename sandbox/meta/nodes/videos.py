"""Videos of the Meta emulator: uploaded whole or in chunks, processed, then ready or failed."""

from __future__ import annotations

from typing import Any

from sandbox.http.webapp import Upload
from sandbox.meta import errors
from sandbox.meta import params as read
from sandbox.meta.fields import Node
from sandbox.meta.graph import Graph
from sandbox.meta.params import Params
from sandbox.world import video_probe

_PHASES = ("start", "transfer", "finish", "cancel")
_CHUNK = 4 * 1024 * 1024
# Received bytes of unfinished uploads; they are lost when the sandbox stops.
_received: dict[str, bytearray] = {}


def upload_video(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    """POST act_X/advideos in one piece or in the phases of a chunked upload. Raises GraphError."""
    phase = read.choice(params, "upload_phase", _PHASES)
    if phase is not None:
        return _PHASE_CALLS[phase](graph, params, files)
    content = next((file.content for file in files), b"")
    if not content and not read.text(params, "file_url"):
        raise errors.required("source")
    video_id = graph.world.new_id("meta")
    _save_video(graph, video_id, params, content)
    return {"id": video_id}


def list_videos(graph: Graph, node: str, params: Params) -> list[Any]:
    """GET act_X/advideos; `title` selects titles that contain it."""
    title = (read.text(params, "title") or "").casefold()
    stored = graph.world.list_objects("meta", "videos").values()
    return [video_view(graph, each) for each in stored if title in str(each["title"]).casefold()]


def video_status(video: Params) -> str:
    if not video["complete"] or not video_probe.is_processed(video):
        return "processing"
    return "ready" if video["usable"] else "error"


def video_view(graph: Graph, video: Params) -> Node:
    status = video_status(video)
    is_ready = status == "ready"
    phases = {
        "uploading_phase": {"status": "complete" if video["complete"] else "in_progress"},
        "processing_phase": {"status": {"ready": "complete"}.get(status, status)},
        "publishing_phase": {"status": "complete" if is_ready else "not_started"},
    }
    fields = {key: video[key] for key in ("id", "title", "length")}
    return Node(
        "Video",
        video["id"],
        {
            **fields,
            "status": {
                "video_status": status,
                "processing_progress": 100 if is_ready else 0,
                **phases,
            },
            "created_time": graph.time(graph.now()),
            "picture": f"https://sandbox.invalid/video/{video['id']}.jpg",
        },
    )


def _save_video(graph: Graph, video_id: str, params: Params, content: bytes) -> None:
    """Any file is accepted; the processing of a file that is no video then fails."""
    info = video_probe.read_video(content)
    title = read.text(params, "title") or read.text(params, "name") or video_id
    video = {
        "id": video_id,
        "title": title,
        "length": info.seconds if info else 0,
        "usable": info is not None or not content,  # a file_url is accepted unchecked
        "complete": True,
        "done_at": video_probe.processing_end(graph.world, "meta"),
    }
    graph.world.put_object("meta", "videos", video_id, video)


def _start_upload(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    size = read.integer(params, "file_size")
    if not size:
        raise errors.required("file_size")
    video_id, session = graph.world.new_id("meta"), graph.world.new_id("meta")
    video = {"id": video_id, "title": "", "length": 0, "usable": False, "complete": False}
    graph.world.put_object("meta", "videos", video_id, {**video, "done_at": 0})
    state = {"size": size, "offset": 0, "video_id": video_id}
    graph.world.put_object("meta", "uploads", session, state)
    _received[session] = bytearray()
    return {"upload_session_id": session, "video_id": video_id, **_offsets(state)}


def _receive_chunk(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    session, state = _require_session(graph, params)
    chunk = next((file.content for file in files if file.name == "video_file_chunk"), None)
    if chunk is None:
        raise errors.required("video_file_chunk")
    if read.integer(params, "start_offset") != state["offset"]:
        raise errors.wrong_upload_offset(_offsets(state))
    _received[session] += chunk[: state["size"] - state["offset"]]
    state = {**state, "offset": len(_received[session])}
    graph.world.put_object("meta", "uploads", session, state)
    return _offsets(state)


def _finish_upload(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    session, state = _require_session(graph, params)
    if state["offset"] != state["size"]:
        raise errors.invalid("The video is not complete yet.", "upload_session_id")
    _save_video(graph, state["video_id"], params, bytes(_received.pop(session)))
    graph.world.drop_object("meta", "uploads", session)
    return {"success": True}


def _cancel_upload(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    session, state = _require_session(graph, params)
    _received.pop(session, None)
    graph.world.drop_object("meta", "uploads", session)
    graph.world.drop_object("meta", "videos", state["video_id"])
    return {"success": True}


_PHASE_CALLS = {
    "start": _start_upload,
    "transfer": _receive_chunk,
    "finish": _finish_upload,
    "cancel": _cancel_upload,
}


def _require_session(graph: Graph, params: Params) -> tuple[str, Params]:
    session = read.required_text(params, "upload_session_id")
    state = graph.world.get_object("meta", "uploads", session)
    if state is None or session not in _received:
        raise errors.missing_object(session, "POST")
    return session, state


def _offsets(state: Params) -> Params:
    end = min(state["size"], state["offset"] + _CHUNK)
    return {"start_offset": str(state["offset"]), "end_offset": str(end)}
