"""REST of the pictures and videos that briefs choose from."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from rest_framework import mixins, serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.models import Asset
from campaigns.services import save_asset
from core.access import advertisers_of
from core.api.inputs import AdvertiserInput
from core.api.tenants import AdvertiserFilter, check_role, pick_advertiser
from core.api.views import StrictViewSet, takes
from core.common.errors import InvalidInput
from core.models import Role


class AssetFilter(django_filters.FilterSet):
    advertiser = AdvertiserFilter(field_name="advertiser")
    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains")

    class Meta:
        model = Asset
        fields = ["kind"]


class AssetSerializer(serializers.ModelSerializer[Asset]):
    advertiser = serializers.CharField(source="advertiser.slug", read_only=True)

    class Meta:
        model = Asset
        fields = [
            "id",
            "advertiser",
            "kind",
            "name",
            "mime",
            "width",
            "height",
            "duration_ms",
            "sha256",
            "created_at",
        ]


class AssetFileInput(AdvertiserInput):
    file = serializers.FileField()


class AssetViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, StrictViewSet[Asset]):
    """POST keeps a picture or a video; sending the same file again gives the same asset."""

    serializer_class = AssetSerializer
    filterset_class = AssetFilter
    parser_classes = [MultiPartParser]

    def get_queryset(self) -> QuerySet[Asset]:
        mine = advertisers_of(self.request.user)
        return Asset.objects.filter(advertiser__in=mine).select_related("advertiser")

    @takes(AssetFileInput, AdvertiserInput, responses={201: AssetSerializer})
    def create(self, request: Request) -> Response:
        advertiser = pick_advertiser(request)
        check_role(request, advertiser, Role.EDITOR)
        file = self.fields()["file"]
        try:
            asset = save_asset(advertiser=advertiser, file=file, name=file.name)
        except InvalidInput as err:
            raise InvalidInput(err.user_message, field="file") from err
        return Response(self.get_serializer(asset).data, status=status.HTTP_201_CREATED)
