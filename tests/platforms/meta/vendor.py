"""A Meta that answers from a list."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import httpx

from platforms.meta.client import MetaClient

CAPABILITIES = MetaClient.capabilities
TOKEN, APP_SECRET = "tok-abcdef", "app-secret-1"


class Vendor:
    """Answers by method and path and remembers what was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: dict[str, list[Any]] = {}

    def on(self, call: str, *answers: Any) -> None:
        self.answers[call] = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        queue = self.answers[f"{request.method} {request.url.path.removeprefix('/v26.0/')}"]
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def forms(self, path: str) -> list[dict[str, str]]:
        return [
            {key: values[0] for key, values in parse_qs(r.content.decode()).items()}
            for r in self.requests
            if r.method == "POST" and r.url.path == f"/v26.0/{path}"
        ]


def refusal(status: int = 400, **error: Any) -> httpx.Response:
    return httpx.Response(status, json={"error": {"fbtrace_id": "F1", **error}})
