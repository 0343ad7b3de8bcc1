"""One platform under test, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from platforms.interface import AdPlatform
from platforms.rules.capabilities import Capabilities
from platforms.spec.campaign import CampaignSpec
from platforms.types import RemoteCampaign, RemoteRef
from tests.fixtures.sandbox import RunningSandbox
from tests.fixtures.specs import MEDIA, campaign_spec

Made = tuple[CampaignSpec, list[RemoteRef]]  # what was asked for, and what came of it


@dataclass
class Side:
    """One platform under test."""

    name: str
    sandbox: RunningSandbox
    client: AdPlatform

    @property
    def can(self) -> Capabilities:
        return self.client.capabilities

    def spec(self, *, start_in: int = 0, amount: str = "200.00") -> CampaignSpec:
        start = self.sandbox.today(self.name) + timedelta(days=start_in)
        return campaign_spec(self.can, start, amount=amount)

    def create(self, spec: CampaignSpec, *, resuming: bool = False) -> list[RemoteRef]:
        refs = self.client.create_campaign(spec, resuming=resuming)
        if self.can.atomic_tree:
            return refs
        for group in spec.ad_groups:
            made = self.client.create_ad_group(refs[0], group, spec, resuming=resuming)
            refs.append(made)
            for ad in group.ads:
                refs.append(self.client.create_ad(made, ad, MEDIA, resuming=resuming))
        return refs

    def read(self, ref: RemoteRef) -> RemoteCampaign:
        found = self.client.read_campaign(ref.remote_id)
        assert found is not None
        return found

    def campaigns_named(self, spec: CampaignSpec) -> list[RemoteCampaign]:
        return [c for c in self.client.read_structure() if c.reference == spec.reference]

    def fault(self, operation: str, kind: str, times: int = 1) -> None:
        self.sandbox.fault(self.name, operation, kind, times)
