from __future__ import annotations

from django.db import models


class AuditAction(models.TextChoices):
    """What an audit entry says was done. The values are stored and shown as they are, so a new
    wording is a new member; entries may hold texts of earlier versions that are none of these."""

    # people, advertisers and the frame
    ADD_MEMBER = "add member"
    CHANGE_ROLE = "change role"
    REMOVE_MEMBER = "remove member"
    ADD_USER = "add user"
    CHANGE_USER = "change user"
    ISSUE_API_TOKEN = "issue API token"  # noqa: S105 - words, no secret
    REVOKE_API_TOKEN = "revoke API token"  # noqa: S105 - words, no secret
    ADD_ADVERTISER = "add advertiser"
    CREATE_ADVERTISER = "create advertiser"
    CHANGE_SETTINGS = "change settings"
    DISMISS_FIRST_STEPS = "dismiss first steps"
    PRESS_STOP_SWITCH = "press the stop switch"
    LIFT_STOP_SWITCH = "lift the stop switch"
    RESOLVE_INCIDENT = "resolve incident"
    SET_EXCHANGE_RATE = "set exchange rate"
    DELETE_EXCHANGE_RATE = "delete exchange rate"
    # ad accounts
    CONNECT_ACCOUNT = "connect account"
    DISCONNECT_ACCOUNT = "disconnect account"
    CHANGE_ACCOUNT_CAP = "change account cap"
    ADD_PLATFORM_CAP = "add platform cap"
    CHANGE_PLATFORM_CAP = "change platform cap"
    # briefs and plans
    WRITE_BRIEF = "write brief"
    SAVE_TEMPLATE = "save template"
    REMOVE_TEMPLATE = "remove template"
    SET_NAMES = "set names"
    PLAN = "plan"
    APPROVE_PLAN = "approve plan"
    DECLINE_PLAN = "decline plan"
    RETRY_LAUNCH = "retry launch"
    LAUNCHED = "launched"
    LAUNCH_FAILED = "launch failed"
    # campaigns
    CREATE_CAMPAIGN = "create campaign"
    ADOPT_CAMPAIGN = "adopt campaign"
    SET_STATUS = "set status"
    SET_AD_GROUP_STATUS = "set ad group status"
    SET_AD_STATUS = "set ad status"
    SET_DAILY_BUDGET = "set daily budget"
    CHANGE_DETAILS = "change details"
    SET_LIMITS = "set limits"
    ADD_LABEL = "add label"
    REMOVE_LABEL = "remove label"
    CHANGED_ON_THE_PLATFORM = "changed on the platform"
    # what became of a change that was sent
    PUBLISHED_CREATE_CAMPAIGN = "published: create campaign"
    PUBLISHED_CREATE_AD_GROUP = "published: create ad group"
    PUBLISHED_CREATE_AD = "published: create ad"
    PUBLISHED_SET_STATUS = "published: set status"
    PUBLISHED_SET_BUDGET = "published: set daily budget"
    PUBLISHED_UPDATE_CAMPAIGN = "published: change name or dates"
    REFUSED_CREATE_CAMPAIGN = "refused: create campaign"
    REFUSED_CREATE_AD_GROUP = "refused: create ad group"
    REFUSED_CREATE_AD = "refused: create ad"
    REFUSED_SET_STATUS = "refused: set status"
    REFUSED_SET_BUDGET = "refused: set daily budget"
    REFUSED_UPDATE_CAMPAIGN = "refused: change name or dates"
    # figures and views
    IMPORT_REPORT = "import report"
    SCHEDULE_REPORT = "schedule a report"
    SWITCH_REPORT = "switch a report"
    REMOVE_REPORT = "remove a report"
    SHARE_VIEW = "share a view"
    REMOVE_SHARED_VIEW = "remove a shared view"
    # tests, budgets and workers
    START_AB_TEST = "start A/B test"
    STOP_AB_TEST = "stop A/B test"
    REWORD_AB_TEST = "reword A/B test"
    ASK_FOR_SELF_TEST = "ask for an A/B self-test"
    DISMISS_PROPOSAL = "dismiss proposal"
    PROPOSE_REBALANCE = "propose rebalance"
    APPLY_REBALANCE = "apply rebalance"
    DISMISS_REBALANCE = "dismiss rebalance"
    CREATE_PACING_PLAN = "create pacing plan"
    END_PACING_PLAN = "end pacing plan"
    SET_MODES = "set modes"
    SET_PROOF = "set proof"
