"""Base classes of all API views: a name that a request gives is known, or the request is refused.

Each handler says with `takes` which fields and query parameters it reads. One that says nothing
takes none, so a new view cannot ignore a name by being forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.access import body_of
from core.api.inputs import Input, blank_names_of, list_names_of, names_of
from core.api.names import shown, unknown_names
from core.api.paging import NewestFirst, paging_names
from core.api.parsers import check_texts, text_problem

Handler = TypeVar("Handler", bound=Callable[..., Any])
Row = TypeVar("Row", bound="Any")


@dataclass(frozen=True)
class Takes:
    """What a handler reads; `is_paged`: it answers with pages of a list."""

    body: type[Input] | None = None
    query: type[Input] | None = None
    is_paged: bool = False


_NOTHING, _A_LIST = Takes(), Takes(is_paged=True)


def takes(
    body: type[Input] | None = None,
    query: type[Input] | None = None,
    *,
    is_paged: bool = False,
    **schema: Any,
) -> Callable[[Handler], Handler]:
    """Declare what a handler reads, for the check of names and for the OpenAPI schema. It stands
    above `@action`. `schema` goes to drf-spectacular, e.g. responses=…"""

    def decorate(handler: Handler) -> Handler:
        handler.takes = Takes(body, query, is_paged)  # type: ignore[attr-defined]
        parameters = [query] if query else []
        described: Handler = extend_schema(request=body, parameters=parameters, **schema)(handler)
        return described

    return decorate


class StrictView(APIView):
    """Refuses unknown, repeated and empty names before a handler runs."""

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        request.encoding = "utf-8"  # a header may name one that no text can be read with
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method != "OPTIONS":
            _check_size(request)
            self._check_query(request)
            self._check_body(request)

    def handle_exception(self, exc: Exception) -> Response:
        """A problem is JSON also where the answer would have had another form."""
        response = super().handle_exception(exc)
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return response

    def finalize_response(
        self, request: Any, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """No cache keeps account data."""
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return super().finalize_response(request, response, *args, **kwargs)

    def fields(self) -> dict[str, Any]:
        """The body's fields, validated. Raises ValidationError."""
        return self._validated(self._takes().body, self.request.data)

    def parameters(self) -> dict[str, Any]:
        """The query's parameters, validated. Raises ValidationError."""
        return self._validated(self._takes().query, self.request.query_params)

    def _validated(self, kind: type[Input] | None, data: Any) -> dict[str, Any]:
        assert kind is not None, f"{type(self).__name__} does not say what it takes"
        given = kind(data=data, context={"request": self.request})
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def _takes(self) -> Takes:
        method = (self.request.method or "").lower()
        name = getattr(self, "action", None) or ("get" if method == "head" else method)
        default = _A_LIST if name == "list" else _NOTHING
        found: Takes = getattr(getattr(self, name, None), "takes", default)
        return found

    def _check_query(self, request: Request) -> None:
        taken, given = self._takes(), request.query_params
        known = names_of(taken.query)
        if taken.is_paged:
            known |= paging_names()
        if getattr(self, "action", None) == "list":
            known |= set(getattr(getattr(self, "filterset_class", None), "base_filters", ()))
        elsewhere = names_of(taken.body)
        wrong = _unreadable(given, blank_names_of(taken.query))
        wrong |= _repeated(given, list_names_of(taken.query))
        wrong |= unknown_names(given, known, kind="query parameter", elsewhere=elsewhere)
        if wrong:
            raise ValidationError(wrong)

    def _check_body(self, request: Request) -> None:
        taken, given = self._takes(), body_of(request)
        elsewhere = names_of(taken.query)
        wrong = unknown_names(given, names_of(taken.body), kind="field", elsewhere=elsewhere)
        wrong |= _repeated(given, list_names_of(taken.body)) | check_texts(given)
        if wrong:
            raise ValidationError(wrong)


class StrictViewSet(StrictView, viewsets.GenericViewSet[Row]):
    """A view set over rows with an integer key, listed by cursor."""

    pagination_class = NewestFirst
    lookup_value_regex = "[0-9]{1,18}"


def _repeated(given: Any, lists: Collection[str]) -> dict[str, list[str]]:
    """One value is read of a name that takes one: which is not for us to choose."""
    if not isinstance(given, QueryDict):
        return {}
    several = [name for name in given if len(given.getlist(name)) > 1 and name not in lists]
    return {shown(name): ["Give it once."] for name in several}


def _unreadable(given: QueryDict, blank: Collection[str]) -> dict[str, list[str]]:
    """An empty parameter would be one that is left out, e.g. of a script's unset variable; filters
    strip what they read, so blanks are empty too."""
    wrong = {}
    for name, value in given.items():
        if not str(value).strip() and name not in blank:
            wrong[shown(name)] = ["It has no value. Give one, or leave the parameter out."]
        elif why := text_problem(str(value)):
            wrong[shown(name)] = [why]
    return wrong


def _check_size(request: Request) -> None:
    """Django counts what it reads itself; a JSON body is read by the parser. Files have limits of
    their own (core.uploads)."""
    is_upload = (request.content_type or "").startswith("multipart/")
    length = str(request.META.get("CONTENT_LENGTH", ""))
    if not is_upload and length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise RequestDataTooBig
