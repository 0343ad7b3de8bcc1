"""What sending a form does, in plain words: told before what was typed is sent again."""

from __future__ import annotations

from django.urls import Resolver404, ResolverMatch, resolve

DEEDS = {
    "home": "create the first advertiser",
    "logout": "sign out",
    "password_change": "change your password",
    # campaigns
    "setup_limit": "set the daily limit",
    "setup_dismiss": "hide the first steps",
    "sandbox_connect": "connect the sandbox's accounts",
    "stop": "press the stop switch",
    "lift_stop": "lift the stop switch",
    "bulk_change": "change the ticked campaigns",
    "columns_keep": "keep the columns of the list",
    "view_save": "keep a view of the list",
    "view_remove": "remove a kept view",
    "campaign_status": "pause or enable a campaign",
    "campaign_adopt": "adopt a campaign",
    "campaign_edit": "change a campaign",
    "ad_group_status": "pause or enable an ad group",
    "ad_status": "pause or enable an ad",
    "picture_upload": "upload pictures and videos",
    "report_new": "send a view of analytics by e-mail from now on",
    "report_switch": "switch a report by e-mail on or off",
    "report_remove": "remove a report by e-mail",
    "account_sync": "read an account's figures",
    "import_report": "look into a report file",
    # briefs
    "brief_new": "save a new brief and plan it",
    "brief_draft": "keep a draft of a brief",
    "brief_pictures": "keep pictures and videos",
    "draft_discard": "discard a draft",
    "template_save": "save a brief as a template",
    "template_remove": "remove a template",
    "names_save": "set the name patterns",
    "names_sample": "show an example of the name patterns",
    "brief_example": "plan an example",
    "brief_plan": "plan a brief again",
    "brief_approve": "approve all plans of a brief and launch",
    "strategy_approve": "approve a plan and launch",
    "strategy_decline": "decline a plan",
    "strategy_retry": "try a launch again",
    # optimisation
    "ab_test_new": "start an A/B test",
    "ab_test_run": "look at an A/B test now",
    "ab_test_stop": "end an A/B test",
    "self_test_ask": "test the A/B method on your own figures",
    "decision_act": "answer a proposal",
    "rebalance_propose": "propose budgets",
    "rebalance_apply": "apply proposed budgets",
    "rebalance_undo": "take budgets back",
    "rebalance_dismiss": "turn proposed budgets down",
    "pacing_new": "start a pacing plan",
    "pacing_end": "end a pacing plan",
    "run_now": "start a pass of the workers",
    "modes_set": "set what the workers may do",
    "proof_set": "set how much proof is asked for",
    # connections
    "connect": "connect an ad account",
    "account_verify": "verify an account",
    "account_disconnect": "disconnect an account",
}


CAN_SPEND = {
    "setup_limit",
    "lift_stop",
    "bulk_change",
    "campaign_status",
    "campaign_adopt",
    "campaign_edit",
    "ad_group_status",
    "ad_status",
    "brief_approve",
    "strategy_approve",
    "strategy_retry",
    "decision_act",
    "rebalance_apply",
    "rebalance_undo",
    "pacing_new",
    "run_now",
    "modes_set",
}
"""Sent only from the page that shows what it is about: nothing reaches a platform before a person
saw exactly that."""


def match_of(address: str) -> ResolverMatch | None:
    """The page behind an address of ours, without its query; None where there is none."""
    try:
        return resolve(address.partition("?")[0])
    except Resolver404:
        return None


def deed_of(match: ResolverMatch) -> str:
    if "admin" in match.app_names:
        return "send a form of the admin"
    return DEEDS.get(match.url_name or "", "send the form again")


def can_spend(match: ResolverMatch) -> bool:
    """So may any form of the admin, and one that nobody described."""
    is_admin = "admin" in match.app_names
    return is_admin or match.url_name in CAN_SPEND or match.url_name not in DEEDS
