"""Images of the Meta emulator."""

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


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        raise errors.invalid("bytes must be base64", "bytes") from None


def _keep(graph: Graph, name: str, data: bytes) -> Params:
    picture = images.read_image(data)
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
