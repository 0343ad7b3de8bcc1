"""What we want and what happened."""

from campaigns.models.approvals import SpendApproval
from campaigns.models.brief import Brief, BriefShare
from campaigns.models.budget_changes import CampaignBudgetChange
from campaigns.models.campaign import Ad, AdGroup, Campaign, RemoteState, Wanted
from campaigns.models.creative import Asset, Creative
from campaigns.models.drafts import BriefDraft, BriefTemplate
from campaigns.models.history import PublishRequest
from campaigns.models.imports import ReportImport
from campaigns.models.learning import LearningEdit
from campaigns.models.metrics import DailyMetric, Level, MetricRevision
from campaigns.models.naming import NamingPatterns
from campaigns.models.reports import ReportSchedule, SentReport
from campaigns.models.spec_versions import SpecVersion
from campaigns.models.views import ColumnChoice, Label, SavedView

__all__ = [
    "Ad",
    "AdGroup",
    "Asset",
    "Brief",
    "BriefDraft",
    "BriefShare",
    "BriefTemplate",
    "Campaign",
    "CampaignBudgetChange",
    "ColumnChoice",
    "Creative",
    "DailyMetric",
    "Label",
    "LearningEdit",
    "Level",
    "MetricRevision",
    "NamingPatterns",
    "PublishRequest",
    "RemoteState",
    "ReportImport",
    "ReportSchedule",
    "SavedView",
    "SentReport",
    "SpecVersion",
    "SpendApproval",
    "Wanted",
]
