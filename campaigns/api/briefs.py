"""REST of what stands around briefs: templates and name patterns."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns import services
from campaigns.api.campaigns import NewestFirst, check_role, pick_advertiser
from campaigns.briefs.selectors import patterns_of
from campaigns.models import Brief, BriefTemplate
from campaigns.naming import MOST, Patterns
from core.access import actor_of, advertisers_of
from core.models import Role


class NamingSerializer(serializers.Serializer[Any]):
    campaign = serializers.CharField(max_length=MOST, required=False, allow_blank=True)
    ad_group = serializers.CharField(max_length=MOST, required=False, allow_blank=True)
    ad = serializers.CharField(max_length=MOST, required=False, allow_blank=True)
    url_tags = serializers.CharField(max_length=MOST, required=False, allow_blank=True)


class NamingView(APIView):
    """GET and PATCH /naming/: how the next plans name what they create, and their URL tags."""

    @extend_schema(responses=NamingSerializer)
    def get(self, request: Request) -> Response:
        return Response(asdict(patterns_of(pick_advertiser(request))))

    @extend_schema(request=NamingSerializer, responses=NamingSerializer)
    def patch(self, request: Request) -> Response:
        """What is not named stays as it is."""
        advertiser = pick_advertiser(request)
        check_role(request, advertiser, Role.EDITOR)
        given = NamingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        patterns = Patterns(**{**asdict(patterns_of(advertiser)), **given.validated_data})
        saved = services.set_patterns(
            actor=actor_of(request), advertiser=advertiser, patterns=patterns
        )
        return Response(asdict(saved.patterns))


class BriefTemplateSerializer(serializers.ModelSerializer[BriefTemplate]):
    class Meta:
        model = BriefTemplate
        fields = ["id", "name", "brief_id", "created_at"]


class NewTemplateSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    brief_id = serializers.IntegerField()


class BriefTemplateViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[BriefTemplate]
):
    serializer_class = BriefTemplateSerializer
    pagination_class = NewestFirst
    queryset = BriefTemplate.objects.none()

    def get_queryset(self) -> QuerySet[BriefTemplate]:
        rows = BriefTemplate.objects.filter(advertiser__in=advertisers_of(self.request.user))
        return rows.select_related("advertiser")

    @extend_schema(request=NewTemplateSerializer, responses={201: BriefTemplateSerializer})
    def create(self, request: Request) -> Response:
        """Keep a brief to start from; a template of the same name is replaced."""
        given = NewTemplateSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        mine = Brief.objects.filter(advertiser__in=advertisers_of(request.user))
        brief = get_object_or_404(
            mine.select_related("advertiser"), pk=given.validated_data["brief_id"]
        )
        check_role(request, brief.advertiser, Role.EDITOR)
        saved = services.save_template(
            actor=actor_of(request), brief=brief, name=given.validated_data["name"]
        )
        return Response(self.get_serializer(saved).data, status=status.HTTP_201_CREATED)

    def destroy(self, request: Request, pk: str) -> Response:
        template = self.get_object()
        check_role(request, template.advertiser, Role.EDITOR)
        services.remove_template(actor=actor_of(request), template=template)
        return Response(status=status.HTTP_204_NO_CONTENT)
