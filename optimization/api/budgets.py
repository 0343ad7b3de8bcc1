"""REST of rebalances, over the same services as the pages."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.access import actor_of, advertisers_of
from core.api.fields import Id
from core.api.inputs import AdvertiserInput, Input
from core.api.tenants import AdvertiserFilter, check_role, pick_advertiser
from core.api.views import StrictViewSet, takes
from core.common.errors import InvalidInput
from core.common.money import Money
from core.models import Role
from optimization import services
from optimization.budgets.pool import pool_currencies
from optimization.budgets.reading import Move
from optimization.models import BudgetProposal, Rebalance


class BudgetChangeSerializer(serializers.ModelSerializer[BudgetProposal]):
    old = serializers.CharField(source="old.amount")
    new = serializers.CharField(source="new.amount")
    expected_change = serializers.SerializerMethodField()

    class Meta:
        model = BudgetProposal
        fields = [
            "id",
            "campaign_id",
            "old",
            "new",
            "percent",
            "reason",
            "binding",
            "expected_change",
            "marginal_before",
            "marginal_after",
            "state",
            "error",
            "score",
        ]

    def get_expected_change(self, change: BudgetProposal) -> dict[str, str] | None:
        """Revenue a day: `low`, `mean`, `high` of the 80 % interval."""
        bounds = {
            "low": change.expected_low_micros,
            "mean": change.expected_change_micros,
            "high": change.expected_high_micros,
        }
        return _band(bounds, change.rebalance.currency)


def _band(bounds: dict[str, int | None], currency: str) -> dict[str, str] | None:
    known = {key: micros for key, micros in bounds.items() if micros is not None}
    return {k: str(Money.from_micros(v, currency).amount) for k, v in known.items()} or None


class RebalanceSerializer(serializers.ModelSerializer[Rebalance]):
    total = serializers.CharField(source="total.amount")
    expected_gain = serializers.SerializerMethodField()
    moved = serializers.SerializerMethodField()
    applied_in_part = serializers.SerializerMethodField()
    notices = serializers.SerializerMethodField()
    changes = BudgetChangeSerializer(many=True)

    class Meta:
        model = Rebalance
        fields = [
            "id",
            "currency",
            "total",
            "expected_gain",
            "state",
            "note",
            "moved",
            "applied_in_part",
            "notices",
            "settings",
            "undoes_id",
            "market_at",
            "expires_at",
            "applied_at",
            "changes",
        ]

    def get_expected_gain(self, row: Rebalance) -> dict[str, str] | None:
        """Revenue a day of all changes: `low`, `mean`, `high` of the 80 % interval; null where
        some of them were refused or left out."""
        move = Move(row)
        if move.is_partial:
            return None
        bounds = {
            "low": row.gain_low_micros,
            "mean": row.expected_gain_micros,
            "high": row.gain_high_micros,
        }
        return _band(bounds, row.currency)

    def get_moved(self, row: Rebalance) -> str:
        """Taken from one campaign and given to another, a day, by the changes that are made."""
        return str(Move(row).moved.amount)

    def get_applied_in_part(self, row: Rebalance) -> bool:
        """Whether some of its changes were refused or left out."""
        return Move(row).is_partial

    def get_notices(self, row: Rebalance) -> list[str]:
        """What a person should know before applying it; nothing where it is decided."""
        return Move(row).notices if row.state == Rebalance.State.PROPOSED else []


class NewRebalanceInput(AdvertiserInput):
    currency = serializers.CharField(default="", allow_blank=True)


class ApplyInput(Input):
    changes = serializers.ListField(
        child=Id(), allow_null=True, default=None, help_text="Ids of changes; all without it."
    )


class RebalanceFilter(django_filters.FilterSet):
    advertiser = AdvertiserFilter(field_name="advertiser")


class RebalanceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, StrictViewSet[Rebalance]):
    serializer_class = RebalanceSerializer
    filterset_class = RebalanceFilter
    queryset = Rebalance.objects.none()

    def get_queryset(self) -> QuerySet[Rebalance]:
        mine = advertisers_of(self.request.user)
        rows = Rebalance.objects.filter(advertiser__in=mine).select_related("advertiser")
        return rows.prefetch_related("changes__rebalance", "changes__campaign__account")

    @takes(NewRebalanceInput, AdvertiserInput, responses={201: RebalanceSerializer})
    def create(self, request: Request) -> Response:
        """Propose a split of `currency` (and `advertiser`); 409 with the reason when nothing
        would move."""
        advertiser = pick_advertiser(request)
        check_role(request, advertiser, Role.EDITOR)
        currency, known = self.fields()["currency"], pool_currencies(advertiser)
        if currency not in known:
            raise InvalidInput(f"Choose one of: {', '.join(known)}.", field="currency")
        made = services.propose_rebalance(
            actor=actor_of(request), advertiser=advertiser, currency=currency
        )
        found = self.get_queryset().get(pk=made.pk)
        return Response(self.get_serializer(found).data, status=status.HTTP_201_CREATED)

    @takes(ApplyInput)
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, pk: str) -> Response:
        """Apply all changes, or those whose ids are in `changes`."""
        only = self.fields()["changes"]
        return self._act(request, Role.APPROVER, services.apply_rebalance, only=only)

    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str) -> Response:
        return self._act(request, Role.EDITOR, services.dismiss_rebalance)

    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Answers with the rebalance that takes this one back."""
        return self._act(request, Role.APPROVER, services.undo_rebalance)

    def _act(self, request: Request, role: Role, service: Any, **more: Any) -> Response:
        rebalance = self.get_object()
        check_role(request, rebalance.advertiser, role)
        done = service(actor=actor_of(request), rebalance=rebalance, **more)
        return Response(self.get_serializer(self.get_queryset().get(pk=done.pk)).data)
