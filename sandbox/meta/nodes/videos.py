"""Videos of the Meta emulator: sent in one piece or in chunks, processed, then ready or broken."""

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
# What has come in of uploads that are not finished; they do not outlive the sandbox.
_parts: dict[str, bytearray] = {}


def upload(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    """POST act_X/advideos in one piece or in the phases of a chunked upload. Raises GraphError."""
    phase = read.choice(params, "upload_phase", _PHASES)
    if phase is not None:
        return _PHASE_CALLS[phase](graph, params, files)
    content = next((file.content for file in files), b"")
    if not content and not read.text(params, "file_url"):
        raise errors.required("source")
    number = graph.world.new_id("meta")
    _keep(graph, number, params, content)
    return {"id": number}


def listed(graph: Graph, node: str, params: Params) -> list[Any]:
    """GET act_X/advideos; `title` narrows to titles that hold it."""
    wanted = (read.text(params, "title") or "").casefold()
    found = graph.world.list_objects("meta", "videos").values()
    return [view(graph, each) for each in found if wanted in str(each["title"]).casefold()]


def status(video: Params) -> str:
    if not video["complete"] or not video_probe.is_processed(video):
        return "processing"
    return "ready" if video["usable"] else "error"


def view(graph: Graph, video: Params) -> Node:
    word = status(video)
    done = word == "ready"
    phases = {
        "uploading_phase": {"status": "complete" if video["complete"] else "in_progress"},
        "processing_phase": {"status": {"ready": "complete"}.get(word, word)},
        "publishing_phase": {"status": "complete" if done else "not_started"},
    }
    shown = {key: video[key] for key in ("id", "title", "length")}
    return Node(
        "Video",
        video["id"],
        {
            **shown,
            "status": {"video_status": word, "processing_progress": 100 if done else 0, **phases},
            "created_time": graph.time(graph.now()),
            "picture": f"https://sandbox.invalid/video/{video['id']}.jpg",
        },
    )


def _keep(graph: Graph, number: str, params: Params, content: bytes) -> None:
    """A file that is no film is taken in like any other; its processing then fails."""
    film = video_probe.read_video(content)
    title = read.text(params, "title") or read.text(params, "name") or number
    video = {
        "id": number,
        "title": title,
        "length": film.seconds if film else 0,
        "usable": film is not None or not content,  # an address is taken at its word
        "complete": True,
        "done_at": video_probe.processing_end(graph.world, "meta"),
    }
    graph.world.put_object("meta", "videos", number, video)


def _start(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    size = read.whole(params, "file_size")
    if not size:
        raise errors.required("file_size")
    number, session = graph.world.new_id("meta"), graph.world.new_id("meta")
    begun = {"id": number, "title": "", "length": 0, "usable": False, "complete": False}
    graph.world.put_object("meta", "videos", number, {**begun, "done_at": 0})
    state = {"size": size, "offset": 0, "video_id": number}
    graph.world.put_object("meta", "uploads", session, state)
    _parts[session] = bytearray()
    return {"upload_session_id": session, "video_id": number, **_offsets(state)}


def _transfer(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    session, state = _session(graph, params)
    chunk = next((file.content for file in files if file.name == "video_file_chunk"), None)
    if chunk is None:
        raise errors.required("video_file_chunk")
    if read.whole(params, "start_offset") != state["offset"]:
        raise errors.resume_upload(_offsets(state))
    _parts[session] += chunk[: state["size"] - state["offset"]]
    state = {**state, "offset": len(_parts[session])}
    graph.world.put_object("meta", "uploads", session, state)
    return _offsets(state)


def _finish(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    session, state = _session(graph, params)
    if state["offset"] != state["size"]:
        raise errors.invalid("The video is not complete yet.", "upload_session_id")
    _keep(graph, state["video_id"], params, bytes(_parts.pop(session)))
    graph.world.drop_object("meta", "uploads", session)
    return {"success": True}


def _cancel(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    session, state = _session(graph, params)
    _parts.pop(session, None)
    graph.world.drop_object("meta", "uploads", session)
    graph.world.drop_object("meta", "videos", state["video_id"])
    return {"success": True}


_PHASE_CALLS = {"start": _start, "transfer": _transfer, "finish": _finish, "cancel": _cancel}


def _session(graph: Graph, params: Params) -> tuple[str, Params]:
    session = read.needed(params, "upload_session_id")
    state = graph.world.get_object("meta", "uploads", session)
    if state is None or session not in _parts:
        raise errors.missing_object(session, "POST")
    return session, state


def _offsets(state: Params) -> Params:
    end = min(state["size"], state["offset"] + _CHUNK)
    return {"start_offset": str(state["offset"]), "end_offset": str(end)}
