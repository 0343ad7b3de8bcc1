"""REST of what stands around briefs: templates and name patterns."""

from __future__ import annotations

from dataclasses import asdict

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns import services
from campaigns.briefs.selectors import patterns_of
from campaigns.models import Brief, BriefTemplate
from campaigns.naming import MOST, Patterns
from core.access import actor_of, advertisers_of
from core.api.fields import Id
from core.api.inputs import AdvertiserInput, Input
from core.api.tenants import AdvertiserFilter, check_role, pick_advertiser
from core.api.views import StrictView, StrictViewSet, takes
from core.models import Role


class NamingSerializer(Input):
    campaign = serializers.CharField(max_length=MOST, required=False, allow_blank=True)
    ad_group = serializers.CharField(max_length=MOST, required=False, allow_blank=True)
    ad = serializers.CharField(max_length=MOST, required=False, allow_blank=True)
    url_tags = serializers.CharField(max_length=MOST, required=False, allow_blank=True)


class NamingInput(AdvertiserInput, NamingSerializer):
    pass


class NamingView(StrictView):
    """GET and PATCH /naming/: how the next plans name what they create, and their URL tags."""

    @takes(query=AdvertiserInput, responses=NamingSerializer)
    def get(self, request: Request) -> Response:
        return Response(asdict(patterns_of(pick_advertiser(request))))

    @takes(NamingInput, AdvertiserInput, responses=NamingSerializer)
    def patch(self, request: Request) -> Response:
        """What is not named stays as it is."""
        advertiser = pick_advertiser(request)
        check_role(request, advertiser, Role.EDITOR)
        given = self.fields()
        given.pop("advertiser", None)
        patterns = Patterns(**{**asdict(patterns_of(advertiser)), **given})
        saved = services.set_patterns(
            actor=actor_of(request), advertiser=advertiser, patterns=patterns
        )
        return Response(asdict(saved.patterns))


class BriefTemplateSerializer(serializers.ModelSerializer[BriefTemplate]):
    class Meta:
        model = BriefTemplate
        fields = ["id", "name", "brief_id", "created_at"]


class NewTemplateInput(Input):
    name = serializers.CharField(max_length=80)
    brief_id = Id()


class BriefTemplateFilter(django_filters.FilterSet):
    advertiser = AdvertiserFilter(field_name="advertiser")


class BriefTemplateViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, StrictViewSet[BriefTemplate]
):
    serializer_class = BriefTemplateSerializer
    filterset_class = BriefTemplateFilter
    queryset = BriefTemplate.objects.none()

    def get_queryset(self) -> QuerySet[BriefTemplate]:
        rows = BriefTemplate.objects.filter(advertiser__in=advertisers_of(self.request.user))
        return rows.select_related("advertiser")

    @takes(NewTemplateInput, responses={201: BriefTemplateSerializer})
    def create(self, request: Request) -> Response:
        """Keep a brief to start from; a template of the same name is replaced."""
        given = self.fields()
        mine = Brief.objects.filter(advertiser__in=advertisers_of(request.user))
        brief = get_object_or_404(mine.select_related("advertiser"), pk=given["brief_id"])
        check_role(request, brief.advertiser, Role.EDITOR)
        saved = services.save_template(actor=actor_of(request), brief=brief, name=given["name"])
        return Response(self.get_serializer(saved).data, status=status.HTTP_201_CREATED)

    def destroy(self, request: Request, pk: str) -> Response:
        template = self.get_object()
        check_role(request, template.advertiser, Role.EDITOR)
        services.remove_template(actor=actor_of(request), template=template)
        return Response(status=status.HTTP_204_NO_CONTENT)
