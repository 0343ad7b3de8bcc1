"""Holds a submitted form that was not processed until its author submits it again.

The form's content is a signed hidden field of the page: nothing is stored on the server, two tabs
do not overwrite each other, and only addresses and fields of a form that was sent to this
application are accepted. Passwords, tokens and files are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from core.action_labels import match_of

MAX_BYTES = 200_000
_SALT = "adsengine.kept"
_SECONDS = 24 * 3600
_SECRET = re.compile(r"passw|secret|token|api_?key", re.IGNORECASE)


@dataclass(frozen=True)
class PendingForm:
    """A submitted form that was not processed.

    `path` includes the query; `files` are (field, file name); `secrets` are field names. `author`
    is the id of the person who typed it, "" where it is unknown. The names of these attributes
    are the keys of the signed text.
    """

    path: str
    came_from: str
    fields: list[tuple[str, str]]
    files: list[tuple[str, str]]
    secrets: list[str]
    author: str = ""

    @property
    def visible_fields(self) -> list[tuple[str, str]]:
        """Label and value of each field that a person filled in."""
        filled = [
            (name, value) for name, value in self.fields if value and name not in _HIDDEN_FIELDS
        ]
        return [(field_label(name), value) for name, value in filled]

    @property
    def fields_to_repeat(self) -> list[tuple[str, str, bool, str]]:
        """Files and secrets to give again: field, label, whether it is a file, file names."""
        names = dict.fromkeys(field for field, _ in self.files)
        of = {field: ", ".join(n for f, n in self.files if f == field) for field in names}
        chosen = [(field, field_label(field), True, of[field]) for field in names]
        return chosen + [(field, field_label(field), False, "") for field in self.secrets]


_HIDDEN_FIELDS = {"next", "back", "plan_hash", "plan", "query"}


def field_label(field: str) -> str:
    return re.sub(r"[_-]+", " ", field).strip().capitalize()


def save_form(request: HttpRequest, author: str = "") -> PendingForm | None:
    """The submitted form; None when it is longer than MAX_BYTES."""
    sent = [(name, value) for name in request.POST for value in request.POST.getlist(name)]
    sent = [(name, value) for name, value in sent if name != "csrfmiddlewaretoken"]
    fields = [(name, value) for name, value in sent if not _SECRET.search(name)]
    if sum(len(name.encode()) + len(value.encode()) for name, value in fields) > MAX_BYTES:
        return None
    return PendingForm(
        path=request.get_full_path(),
        came_from=previous_page(request),
        fields=fields,
        files=[(f, file.name or f) for f in request.FILES for file in request.FILES.getlist(f)],
        secrets=[name for name, value in sent if value and _SECRET.search(name)],
        author=author,
    )


def dump_form(pending: PendingForm) -> str:
    return signing.dumps(vars(pending), salt=_SALT, compress=True)


def load_form(text: str) -> PendingForm | None:
    """Read what `dump_form` wrote. None for a wrong signature, a text older than a day, or a path
    that is no page of this application."""
    try:
        found = signing.loads(text, salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return None
    pairs = {name: [(a, b) for a, b in found[name]] for name in ("fields", "files")}
    pending = PendingForm(**{**found, **pairs})
    is_local = url_has_allowed_host_and_scheme(pending.path, None) and match_of(pending.path)
    return pending if is_local else None


def previous_page(request: HttpRequest) -> str:
    """The address of our page that contained the form, or the start page."""
    parts = _referer(request)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    ours = parts.netloc == request.get_host() and url_has_allowed_host_and_scheme(target, None)
    return target if ours and match_of(target) else "/"


def is_same_origin(request: HttpRequest) -> bool:
    """Whether one of our pages sent this request, by the browser's Origin or Referer header, which
    other sites cannot set. A form from another site is never offered again."""
    here = f"{request.scheme}://{request.get_host()}"
    origin = request.headers.get("Origin")
    if origin is None:
        origin = "{0.scheme}://{0.netloc}".format(_referer(request))
    return origin == here or origin in settings.CSRF_TRUSTED_ORIGINS


def _referer(request: HttpRequest) -> SplitResult:
    """The Referer header; empty for an invalid address, such as an unclosed IPv6 bracket."""
    try:
        return urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return urlsplit("")
