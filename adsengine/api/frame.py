"""The API's root, its schema, and the answer to every path that it does not have."""

from __future__ import annotations

from typing import Any

from django.urls import resolve
from drf_spectacular.views import SpectacularAPIView
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import APIRootView

from core.api.names import shown
from core.api.views import StrictView


class RootView(StrictView, APIRootView):
    pass


class SchemaView(StrictView, SpectacularAPIView):
    pass


class MissingSlash(NotFound):
    default_code = "missing_slash"


class NoSuchPathView(StrictView):
    """Stands for every path below /api/v1/ that no route has, so that none of them is a page's
    404, and none is redirected by APPEND_SLASH: a client follows a 301 of a POST with a GET, which
    reads where it was to write."""

    schema = None
    metadata_class = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Without the check of names: the path is what is wrong."""
        super(StrictView, self).initial(request, *args, **kwargs)

    def http_method_not_allowed(  # type: ignore[override]
        self, request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        """Answers every method. Raises NotFound, MissingSlash."""
        slashed = f"{request.path_info}/"
        if resolve(slashed).url_name == "no-such-path":
            raise NotFound("There is no such path. The paths are in /api/v1/schema/.")
        if request.method in {"GET", "HEAD"}:
            there = request.get_full_path(force_append_slash=True)
            return Response(status=status.HTTP_301_MOVED_PERMANENTLY, headers={"Location": there})
        raise MissingSlash(f"Nothing was done: the path ends with a slash, {shown(slashed)}")
