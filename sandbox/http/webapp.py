"""Minimal HTTP for the emulators: parsed requests and JSON responses on WSGI."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class ConnectionDropped(ConnectionError):
    """The server closes the connection without an answer (a scripted fault)."""


class BadBody(ValueError):
    """The body is not what its Content-Type says."""


@dataclass(frozen=True)
class Upload:
    name: str
    filename: str
    content: bytes


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes = b""

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @cached_property
    def parts(self) -> tuple[dict[str, Any], list[Upload]]:
        """Fields and files of the body. Raises BadBody."""
        if not self.body:
            return {}, []
        if self.content_type == "multipart/form-data":
            return _parse_multipart(self.body, self.headers["content-type"])
        if self.content_type == "application/json" or self.body.lstrip()[:1] == b"{":
            return _parse_json_object(self.body), []
        try:
            return dict(parse_qsl(self.body.decode(), keep_blank_values=True)), []
        except UnicodeDecodeError as error:
            raise BadBody("the body is not UTF-8 text") from error


@dataclass
class Response:
    status: int
    content: Any
    headers: dict[str, str] = field(default_factory=dict)


_ERROR_PAGE = (
    "<!doctype html><html><head><title>Gateway</title></head>"
    "<body><h1>The upstream server did not send a valid answer</h1></body></html>"
)


def garbage_of(content: Any, *, cut: bool) -> Response:
    """What a broken proxy sends with status 200: a page of its own, or half of the answer."""
    whole = content if isinstance(content, str) else json.dumps(content)
    return Response(200, whole[: len(whole) // 2] if cut else _ERROR_PAGE)


def parse_request(environ: dict[str, Any]) -> Request:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    headers = {
        key[5:].replace("_", "-").lower(): value
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    return Request(
        environ["REQUEST_METHOD"],
        environ.get("PATH_INFO", "/"),
        dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
        headers,
        environ["wsgi.input"].read(length) if length else b"",
    )


def as_wsgi(handle: Callable[[Request], Response]) -> WsgiApp:
    """A WSGI callable around a function from request to response (JSON or text)."""

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        response = handle(parse_request(environ))
        plain = isinstance(response.content, str)
        text = response.content if plain else json.dumps(response.content)
        body = text.encode()
        kind = "text/plain; charset=utf-8" if plain else "application/json; charset=UTF-8"
        headers = {"Content-Type": kind, "Content-Length": str(len(body)), **response.headers}
        start_response(
            f"{response.status} {_reason_phrase(response.status)}", list(headers.items())
        )
        return [body]

    return app


def _reason_phrase(status: int) -> str:
    names = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden"}
    names |= {404: "Not Found", 405: "Method Not Allowed", 500: "Internal Server Error"}
    return names.get(status, "Unknown")


def _parse_json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise BadBody(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadBody("the body must be a JSON object")
    return value


def _parse_multipart(body: bytes, content_type: str) -> tuple[dict[str, Any], list[Upload]]:
    boundary = content_type.partition("boundary=")[2].partition(";")[0].strip().strip('"')
    if not boundary:
        raise BadBody("the multipart boundary is missing")
    fields: dict[str, Any] = {}
    files: list[Upload] = []
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:]:
        head, separator, content = part.partition(b"\r\n\r\n")
        if not separator:
            continue
        labels = _parse_disposition(head.decode("utf-8", "replace"))
        name = labels.get("name", "")
        if "filename" in labels:
            files.append(Upload(name, labels["filename"], content))
        else:
            fields[name] = content.decode("utf-8", "replace")
    return fields, files


def _parse_disposition(head: str) -> dict[str, str]:
    for line in head.splitlines():
        if line.lower().startswith("content-disposition:"):
            pairs = (item.strip().partition("=") for item in line.split(";")[1:])
            return {key: unquote(value.strip('"')) for key, _, value in pairs}
    return {}
