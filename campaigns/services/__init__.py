"""Every write of the campaigns app. Pages, API, admin, tasks and agents call these alike."""

from campaigns.services.assets import keep_asset, keep_image
from campaigns.services.brief_templates import remove_template, save_template
from campaigns.services.briefs import BriefInput, create_brief, same_content
from campaigns.services.campaign_limits import set_limits
from campaigns.services.changes import (
    adopt,
    set_ad_group_status,
    set_ad_status,
    set_daily_budget,
    set_status,
    update_campaign,
)
from campaigns.services.create import create_campaign
from campaigns.services.drafts import discard_draft, keep_draft
from campaigns.services.labels import add_label, remove_label
from campaigns.services.list_views import forget_columns, keep_columns, remove_view, save_view
from campaigns.services.naming import set_patterns
from campaigns.services.report_schedules import remove_report, schedule_report, switch_report
from campaigns.services.setup import dismiss_setup, set_daily_total
from campaigns.services.stop_switch import lift_stop, stop
from campaigns.services.videos import keep_video

__all__ = [
    "BriefInput",
    "add_label",
    "adopt",
    "create_brief",
    "create_campaign",
    "discard_draft",
    "dismiss_setup",
    "forget_columns",
    "keep_asset",
    "keep_columns",
    "keep_draft",
    "keep_image",
    "keep_video",
    "lift_stop",
    "remove_label",
    "remove_report",
    "remove_template",
    "remove_view",
    "same_content",
    "save_template",
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
