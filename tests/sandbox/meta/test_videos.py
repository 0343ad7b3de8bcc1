"""Videos go to the Meta emulator in chunks, and a creative shows them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.fixtures.videos import film
from tests.sandbox.meta.client import Graph


def test_video_in_chunks_is_ready_when_complete(graph: Graph) -> None:
    edge = f"{graph.act}/advideos"
    content = film()
    begun = graph.post(edge, {"upload_phase": "start", "file_size": str(len(content))}).json()
    session = {"upload_session_id": begun["upload_session_id"]}
    chunk = {"upload_phase": "transfer", "start_offset": "0", **session}
    parts = {"video_file_chunk": ("chunk", content)}
    moved = graph.http.post(f"/{edge}", data=chunk, files=parts).json()
    assert moved["start_offset"] == moved["end_offset"] == str(len(content))
    assert video_status(graph, begun["video_id"]) == "processing"
    done = graph.post(edge, {"upload_phase": "finish", **session}).json()
    assert done["success"]
    assert video_status(graph, begun["video_id"]) == "processing"
    time.sleep(0.35)
    assert video_status(graph, begun["video_id"]) == "ready"


def test_a_chunk_that_does_not_follow_is_told_where_to_go_on(graph: Graph) -> None:
    edge = f"{graph.act}/advideos"
    begun = graph.post(edge, {"upload_phase": "start", "file_size": "100"}).json()
    chunk = {"upload_phase": "transfer", "upload_session_id": begun["upload_session_id"]}
    parts = {"video_file_chunk": ("chunk", b"x" * 40)}
    graph.http.post(f"/{edge}", data={**chunk, "start_offset": "0"}, files=parts)
    answer = graph.http.post(f"/{edge}", data={**chunk, "start_offset": "0"}, files=parts)
    error = answer.json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 1363037)
    assert json.loads(error["error_data"]) == {"start_offset": "40", "end_offset": "100"}


def test_a_file_that_is_no_film_fails_in_processing(graph: Graph) -> None:
    graph.world.faults.add("meta", "videos.processing", "delay", seconds=0)
    files = {"source": ("a.mp4", b"no film at all")}
    made = graph.http.post(f"/{graph.act}/advideos", data={"title": "a"}, files=files).json()
    assert video_status(graph, made["id"]) == "error"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "not ready"),
        ({"video_id": "5"}, "video_id 5 is unknown"),
        ({"image_hash": None}, "needs image_hash or image_url"),
        ({"link": "https://shop.example"}, "no key link"),
        ({"call_to_action": {"type": "LEARN_MORE"}}, "link must be"),
    ],
)
def test_a_video_creative_is_checked(graph: Graph, changes: dict[str, Any], words: str) -> None:
    if changes:
        graph.world.faults.add("meta", "videos.processing", "delay", seconds=0)
    files = {"source": ("a.mp4", film())}
    made = graph.http.post(f"/{graph.act}/advideos", data={"title": "a"}, files=files).json()
    graph.world.put_object("meta", "images", "cover", {"hash": "cover"})
    data = {
        "video_id": made["id"],
        "image_hash": "cover",
        "message": "Boots",
        "call_to_action": {"type": "LEARN_MORE", "value": {"link": "https://shop.example"}},
        **changes,
    }
    kept = {key: value for key, value in data.items() if value is not None}
    story = {"page_id": graph.ours.page_id, "video_data": kept}
    before = dict(graph.world.list_objects("meta", "creatives"))
    answer = graph.post(f"{graph.act}/adcreatives", {"object_story_spec": json.dumps(story)})
    assert words in answer.json()["error"]["message"]
    assert graph.world.list_objects("meta", "creatives") == before


def video_status(graph: Graph, number: str) -> str:
    return str(graph.get(number, fields="status")["status"]["video_status"])
