"""Every write of the campaigns app. Pages, API, admin, tasks and agents call these alike."""

from campaigns.briefs.briefs import BriefInput, create_brief, same_content
from campaigns.briefs.drafts import discard_draft, save_draft
from campaigns.briefs.naming import set_patterns
from campaigns.briefs.templates import remove_template, save_template
from campaigns.guardrails.campaign_limits import set_limits
from campaigns.guardrails.stop_switch import lift_stop, stop
from campaigns.library.assets import save_asset, save_image
from campaigns.library.videos import save_video
from campaigns.lists.labels import add_label, remove_label
from campaigns.lists.list_views import remove_view, reset_columns, save_columns, save_view
from campaigns.overview.onboarding_steps import dismiss_onboarding, set_daily_total
from campaigns.publishing.changes import (
    set_ad_group_status,
    set_ad_status,
    set_daily_budget,
    set_status,
    update_campaign,
)
from campaigns.publishing.create import create_campaign
from campaigns.publishing.outbox import request_again
from campaigns.publishing.stuck_changes import cancel_change, retry_change
from campaigns.reports.schedules import remove_report, schedule_report, switch_report
from campaigns.restoring.restore import restore_change
from campaigns.sync.adopt import adopt

__all__ = [
    "BriefInput",
    "add_label",
    "adopt",
    "cancel_change",
    "create_brief",
    "create_campaign",
    "discard_draft",
    "dismiss_onboarding",
    "lift_stop",
    "remove_label",
    "remove_report",
    "remove_template",
    "remove_view",
    "request_again",
    "reset_columns",
    "restore_change",
    "retry_change",
    "same_content",
    "save_asset",
    "save_columns",
    "save_draft",
    "save_image",
    "save_template",
    "save_video",
    "save_view",
    "schedule_report",
    "set_ad_group_status",
    "set_ad_status",
    "set_daily_budget",
    "set_daily_total",
    "set_limits",
    "set_patterns",
    "set_status",
    "stop",
    "switch_report",
    "update_campaign",
]
