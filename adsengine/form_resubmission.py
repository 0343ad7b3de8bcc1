"""What was typed into a form that could not be taken goes along until its author sends it again.

It travels in the page itself, signed: nothing is stored, two tabs do not overwrite each other, and
no address or field gets in that did not come from a form sent to this house. Passwords and tokens
never go along, and files cannot.
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

MOST_BYTES = 200_000
_SALT = "adsengine.kept"
_SECONDS = 24 * 3600
_SECRET = re.compile(r"passw|secret|token|api_?key", re.IGNORECASE)


@dataclass(frozen=True)
class Kept:
    """`path` has its query; `files` are (field, name of the file); `secrets` are field names.
    `author` is the id of the person who typed it, "" where nobody knows."""

    path: str
    came_from: str
    fields: list[tuple[str, str]]
    files: list[tuple[str, str]]
    secrets: list[str]
    author: str = ""

    @property
    def shown(self) -> list[tuple[str, str]]:
        """The fields in words: without what only the page itself put in."""
        filled = [(name, value) for name, value in self.fields if value and name not in _INNER]
        return [(in_words(name), value) for name, value in filled]

    @property
    def again(self) -> list[tuple[str, str, bool, str]]:
        """What has to be given again: field, its name in words, whether a file, which files."""
        names = dict.fromkeys(field for field, _ in self.files)
        of = {field: ", ".join(n for f, n in self.files if f == field) for field in names}
        chosen = [(field, in_words(field), True, of[field]) for field in names]
        return chosen + [(field, in_words(field), False, "") for field in self.secrets]


_INNER = {"next", "back", "plan_hash", "plan", "query"}


def in_words(field: str) -> str:
    return re.sub(r"[_-]+", " ", field).strip().capitalize()


def keep(request: HttpRequest, author: str = "") -> Kept | None:
    """The form that was sent; None when it is too long to go along."""
    sent = [(name, value) for name in request.POST for value in request.POST.getlist(name)]
    sent = [(name, value) for name, value in sent if name != "csrfmiddlewaretoken"]
    fields = [(name, value) for name, value in sent if not _SECRET.search(name)]
    if sum(len(name.encode()) + len(value.encode()) for name, value in fields) > MOST_BYTES:
        return None
    return Kept(
        path=request.get_full_path(),
        came_from=page_before(request),
        fields=fields,
        files=[(f, file.name or f) for f in request.FILES for file in request.FILES.getlist(f)],
        secrets=[name for name, value in sent if value and _SECRET.search(name)],
        author=author,
    )


def pack(kept: Kept) -> str:
    return signing.dumps(vars(kept), salt=_SALT, compress=True)


def unpack(text: str) -> Kept | None:
    """None for what we did not sign, what is a day old, or what leads to no page of ours."""
    try:
        found = signing.loads(text, salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return None
    pairs = {name: [(a, b) for a, b in found[name]] for name in ("fields", "files")}
    kept = Kept(**{**found, **pairs})
    is_here = url_has_allowed_host_and_scheme(kept.path, None) and match_of(kept.path)
    return kept if is_here else None


def page_before(request: HttpRequest) -> str:
    """The page of ours on which the form stood, or the start."""
    parts = _referer(request)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    ours = parts.netloc == request.get_host() and url_has_allowed_host_and_scheme(target, None)
    return target if ours and match_of(target) else "/"


def sent_from_here(request: HttpRequest) -> bool:
    """Whether a page of ours sent this request: a browser says so, and no other site can.
    What another site sent is not offered to be sent again."""
    here = f"{request.scheme}://{request.get_host()}"
    origin = request.headers.get("Origin")
    if origin is None:
        origin = "{0.scheme}://{0.netloc}".format(_referer(request))
    return origin == here or origin in settings.CSRF_TRUSTED_ORIGINS


def _referer(request: HttpRequest) -> SplitResult:
    """Empty for what is no address, such as an open bracket of an IPv6 one."""
    try:
        return urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return urlsplit("")
