"""Google's campaigns over the official client, Google Ads API v26."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from core.common import dates
from core.common.money import Money
from platforms.common.answers import WrongShape, names_wrong_shapes
from platforms.common.calls import Calls
from platforms.common.checks import check_campaign, check_currency
from platforms.common.references import replace_name, strip_reference, with_reference
from platforms.errors import Rejected, RemoteObjectMissing
from platforms.google import errors, mapping
from platforms.google.api import GoogleApi
from platforms.google.capabilities import CAPABILITIES
from platforms.google.queries import GoogleQueries
from platforms.google.spec_queries import campaign_rows
from platforms.google.spec_reading import remote_spec
from platforms.interface import AdPlatform, ClientConfig
from platforms.metric_rows import Told
from platforms.spec.campaign import CampaignSpec
from platforms.spec.remote import KnownNodes, RemoteSpec
from platforms.types import (
    AccountInfo,
    CampaignChange,
    Kind,
    Level,
    MetricRow,
    RemoteCampaign,
    RemoteRef,
    Status,
)

_STATUSES: dict[Status, str] = {"active": "ENABLED", "paused": "PAUSED"}
# Kind: the field of its result in a mutate response.
_RESULTS: dict[Kind, str] = {
    "campaign": "campaign_result",
    "ad_group": "ad_group_result",
    "ad": "ad_group_ad_result",
}


class GoogleClient(AdPlatform):
    capabilities = CAPABILITIES

    def __init__(self, config: ClientConfig, *, calls: Calls | None = None) -> None:
        super().__init__(config)
        self._api = GoogleApi(config, calls)
        self._queries = GoogleQueries(self._api)
        self._root = f"customers/{self._api.customer_id}"

    @property
    def calls(self) -> Calls:
        return self._api.calls

    def close(self) -> None:
        self._api.close()

    @names_wrong_shapes
    def verify(self) -> AccountInfo:
        return self._queries.account()

    # Creating

    @names_wrong_shapes
    def create_campaign(self, spec: CampaignSpec, *, resuming: bool = False) -> list[RemoteRef]:
        check_campaign(self.capabilities, self.config, spec)
        existing = self.find_by_reference("campaign", spec.reference) if resuming else []
        if existing:
            return existing
        tree = self._tree(spec)
        try:
            results = self._api.mutate("campaign tree", tree.operations)
        except Rejected as error:
            return self._find_earlier_attempt(error, spec.reference)
        return _refs(tree, results)

    def _tree(self, spec: CampaignSpec) -> mapping.OperationTree:
        places = self._queries.places(list(spec.locations.countries))
        today = dates.today(self.config.time_zone)
        return mapping.campaign_tree(self._api.customer_id, spec, places, today)

    @names_wrong_shapes
    def validate_campaign(self, spec: CampaignSpec) -> None:
        """The whole tree, by the same operations that create it."""
        check_campaign(self.capabilities, self.config, spec)
        self._api.validate("campaign tree", self._tree(spec).operations)

    @names_wrong_shapes
    def unserved_countries(self, countries: Sequence[str]) -> list[str]:
        places = self._queries.places(list(countries))
        return [code for code in countries if code not in places]

    def _find_earlier_attempt(self, error: Rejected, reference: str) -> list[RemoteRef]:
        """A duplicate name has our reference: an earlier attempt succeeded. Else raises `error`."""
        refs: list[RemoteRef] = []
        if error.vendor_code == errors.DUPLICATE_NAME:
            refs = self.find_by_reference("campaign", reference)
        if not refs:
            raise error
        return refs

    # Changing

    @names_wrong_shapes
    def set_status(self, ref: RemoteRef, status: Status) -> None:
        kind, resource = self._resource(ref)
        if status == "archived":
            self._remove(kind, resource)
            return
        operation = mapping.update(kind, resource, status=_STATUSES[status])
        self._api.mutate(f"{kind} status", [operation], lowers=status == "paused")

    def _remove(self, kind: str, resource: str) -> None:
        try:
            operation = {f"{kind}_operation": {"remove": resource}}
            self._api.mutate(f"{kind} remove", [operation], lowers=True)
        except RemoteObjectMissing:
            return

    @names_wrong_shapes
    def set_daily_budget(self, campaign: RemoteRef, budget: Money) -> None:
        check_currency("google", self.config, budget)
        row = self._queries.campaign_row(campaign.remote_id)
        current = row.campaign_budget
        if current.explicitly_shared or current.reference_count > 1:
            raise self._budget_error(
                "This budget is shared with other campaigns; change it in Google."
            )
        if not current.amount_micros:
            raise self._budget_error("This campaign has a total budget and no daily one.")
        operation = mapping.update(
            "campaign_budget", row.campaign.campaign_budget, amount_micros=budget.micros
        )
        self._api.mutate("campaign_budget amount", [operation])

    @names_wrong_shapes
    def update_campaign(self, campaign: RemoteRef, change: CampaignChange) -> None:
        fields: dict[str, Any] = {}
        if change.name is not None:
            old = self._queries.campaign_row(campaign.remote_id).campaign.name
            limit = mapping.CAMPAIGN_NAME_BYTES
            fields["name"] = replace_name(old, change.name, limit, mapping.name_bytes)
        if change.start:
            fields["start_date_time"] = mapping.start_time(change.start)
        if change.end:
            fields["end_date_time"] = mapping.end_time(change.end)
        if fields:
            kind, resource = self._resource(campaign)
            self._api.mutate("campaign fields", [mapping.update(kind, resource, **fields)])

    def _resource(self, ref: RemoteRef) -> tuple[str, str]:
        """(operation, resource name); an ad's resource name contains its ad group."""
        remote_id = mapping.validate_id(ref.remote_id)
        if ref.kind == "campaign":
            return "campaign", f"{self._root}/campaigns/{remote_id}"
        if ref.kind == "ad_group":
            return "ad_group", f"{self._root}/adGroups/{remote_id}"
        parent = ref.parent_id or self._queries.ad_group_of(remote_id)
        return "ad_group_ad", f"{self._root}/adGroupAds/{mapping.validate_id(parent)}~{remote_id}"

    def _budget_error(self, message: str) -> Rejected:
        account = self.config.account_id
        return Rejected(message, platform="google", account=account, field="daily_budget")

    # Reading

    @names_wrong_shapes
    def find_by_reference(self, kind: Kind, reference: str, parent_id: str = "") -> list[RemoteRef]:
        return self._queries.find(kind, reference, parent_id)

    @names_wrong_shapes
    def read_structure(self) -> list[RemoteCampaign]:
        return self._queries.tree()

    @names_wrong_shapes
    def read_campaign(self, remote_id: str) -> RemoteCampaign | None:
        return self._queries.campaign_tree(remote_id)

    @names_wrong_shapes
    def read_spec(self, remote_id: str, known: KnownNodes) -> RemoteSpec | None:
        rows = campaign_rows(self._api.search, remote_id)
        return None if rows is None else remote_spec(rows, known, self.config.currency)

    def carried_name(self, kind: Kind, name: str, reference: str) -> str:
        limits: dict[Kind, int] = {
            "campaign": mapping.CAMPAIGN_NAME_BYTES,
            "ad_group": mapping.AD_GROUP_NAME_BYTES,
        }
        if kind not in limits:
            return name  # a search ad has none there
        remote = with_reference(name, reference, limits[kind], mapping.name_bytes)
        return strip_reference(remote)[0]

    @names_wrong_shapes
    def read_metrics(
        self, level: Level, first: date, last: date, *, unreadable: Told | None = None
    ) -> list[MetricRow]:
        return self._queries.metrics(level, first, last, unreadable)


def _refs(tree: mapping.OperationTree, results: list[Any]) -> list[RemoteRef]:
    ids = {each.index: _new_id(each, results[each.index]) for each in tree.created}
    return [
        RemoteRef(
            kind=each.kind,
            remote_id=ids[each.index],
            parent_id=ids.get(each.parent, ""),
            name=each.name,
            reference=each.reference,
        )
        for each in tree.created
    ]


def _new_id(created: mapping.CreatedObject, result: Any) -> str:
    """The last part of the resource name; for an ad, the part after the ad group's id."""
    resource = getattr(result, _RESULTS[created.kind]).resource_name
    new_id = str(resource.rpartition("/")[2].rpartition("~")[2])
    if not new_id.isdigit():
        raise WrongShape(f"a result names no {created.kind}")
    return new_id
