"""Images of the Meta emulator: upload and view."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from sandbox.http.webapp import Upload
from sandbox.meta import errors
from sandbox.meta import params as read
from sandbox.meta.fields import Node
from sandbox.meta.graph import Graph
from sandbox.meta.params import Params
from sandbox.world import images

_MAX_BYTES = 30 * 1024 * 1024


def upload_images(graph: Graph, params: Params, files: list[Upload]) -> dict[str, Any]:
    """POST act_X/adimages: `bytes` in base64 or file parts. Raises GraphError."""
    contents = {file.filename or file.name: file.content for file in files}
    if encoded := read.text(params, "bytes"):
        contents = {"bytes": _decode(encoded)}
    if not contents:
        raise errors.required("filename")
    name = read.text(params, "name")
    return {
        "images": {key: _save_image(graph, name or key, data) for key, data in contents.items()}
    }


def image_view(graph: Graph, image: Params) -> Node:
    image_id = f"{graph.account.id}:{image['hash']}"
    fields = {"account_id": graph.account.id, "status": "ACTIVE", "permalink_url": image["url"]}
    return Node(
        "AdImage", image_id, {**image, **fields, "id": image_id, "original_width": image["width"]}
    )


def _decode(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        raise errors.invalid("bytes must be base64", "bytes") from None


def _save_image(graph: Graph, name: str, data: bytes) -> Params:
    info = images.read_image(data)
    if info is None or len(data) > _MAX_BYTES:
        raise errors.invalid("The image must be a JPG or PNG of at most 30 MB.", "bytes")
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    image = {
        "hash": digest,
        "name": name,
        "url": f"https://sandbox.invalid/image/{digest}.{info.format}",
        "width": info.width,
        "height": info.height,
    }
    return graph.world.put_object("meta", "images", digest, image)
