"""The ad account of the Meta emulator: its fields, page, pixel, tokens, places, interests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.meta import errors
from sandbox.meta import params as read
from sandbox.meta.fields import Node
from sandbox.meta.graph import Graph
from sandbox.meta.nodes import rules
from sandbox.meta.nodes.places import OPEN_COUNTRIES
from sandbox.meta.params import Params
from sandbox.world.seeding import seeded_secret

SCOPES = ["ads_management", "ads_read", "business_management", "pages_show_list"]
_STATUS = {"active": 1, "disabled": 2, "unsettled": 3, "closed": 101}
_TOKEN_SECONDS = 60 * 86_400
_COUNTRIES = {
    "US": "United States",
    "GB": "United Kingdom",
    "DE": "Germany",
    "FR": "France",
    "ES": "Spain",
    "IT": "Italy",
    "CA": "Canada",
    "AU": "Australia",
    "JP": "Japan",
    "BR": "Brazil",
    "IN": "India",
    "NL": "Netherlands",
}


def account_view(graph: Graph) -> Node:
    account = graph.account
    return Node(
        "AdAccount",
        f"act_{account.id}",
        {
            "id": f"act_{account.id}",
            "account_id": account.id,
            "name": account.name,
            "account_status": _STATUS.get(account.status, 2),
            "disable_reason": 0 if account.status == "active" else 1,
            "currency": account.currency,
            "timezone_name": account.time_zone,
            "timezone_offset_hours_utc": lambda: _offset_hours(graph),
            "min_daily_budget": rules.minimum_budgets(account.currency)["min_daily_budget_imp"],
            "spend_cap": "0",
            "amount_spent": lambda: str(_total_spend(graph)),
            "balance": "0",
            "funding_source": account.raw.get("funding_source", "70000000000001"),
            "funding_source_details": {"id": "70000000000001", "display_string": "Sandbox card"},
            "tos_accepted": {"web_custom_audience_tos": 1},
            "user_tasks": ["DRAFT", "ANALYZE", "ADVERTISE", "MANAGE"],
            "business": {"id": account.manager_id, "name": "Sandbox business"},
            "default_dsa_payor": None,
            "default_dsa_beneficiary": None,
            "capabilities": [],
        },
    )


def page_view(graph: Graph) -> Node:
    return Node(
        "Page",
        graph.account.page_id,
        {
            "id": graph.account.page_id,
            "name": "Sandbox shop",
            "is_published": True,
            "tasks": ["ADVERTISE", "ANALYZE", "CREATE_CONTENT"],
            "instagram_business_account": {"id": graph.account.identity_id},
            "access_token": None,
        },
    )


def pixel_view(graph: Graph) -> Node:
    return Node(
        "AdsPixel",
        graph.account.pixel_id,
        {
            "id": graph.account.pixel_id,
            "name": "Sandbox pixel",
            "last_fired_time": graph.time(graph.now() - timedelta(minutes=4)),
            "is_unavailable": False,
            "owner_business": {"id": graph.account.manager_id},
        },
    )


def pixel_stats(graph: Graph) -> list[Params]:
    events = [{"value": "PageView", "count": 5200}, {"value": "Purchase", "count": 140}]
    hour = graph.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    return [{"start_time": graph.time(hour), "aggregation": "event", "data": events}]


def minimum_budgets(graph: Graph, params: Params) -> list[Params]:
    table = rules.minimum_budgets(graph.currency)
    bid = read.integer(params, "bid_amount") or 0
    return [{"currency": graph.currency, **{name: max(v, 5 * bid) for name, v in table.items()}}]


def audience_size(params: Params) -> Params:
    """An invented audience size (lower, upper) that depends only on the targeting."""
    name = "targeting_spec" if "targeting_spec" in params else "targeting"
    targeting = read.json_value(params, name, dict)
    if targeting is None:
        raise errors.required("targeting_spec")
    places = len((targeting.get("geo_locations") or {}).get("countries") or []) or 1
    interest_count = sum(
        len(group.get("interests") or []) for group in targeting.get("flexible_spec") or []
    )
    size = 24_000_000 * places // (1 + 3 * bool(interest_count)) * (1 + interest_count // 4)
    return {"lower": size, "upper": size * 6 // 5}


def search_places(params: Params) -> list[Params]:
    """The countries whose name or code matches `q`, all without one."""
    query = (read.text(params, "q") or "").casefold().strip()
    names = {code: _COUNTRIES.get(code, code) for code in sorted(OPEN_COUNTRIES)}
    return [
        {
            "key": code,
            "name": name,
            "type": "country",
            "country_code": code,
            "supports_region": True,
            "supports_city": True,
        }
        for code, name in names.items()
        if query in name.casefold() or query == code.casefold()
    ]


def exchange_token(graph: Graph, params: Params) -> dict[str, Any]:
    """oauth/access_token: exchanges a code or a valid token for a long-lived token."""
    account = graph.account
    if (params.get("client_id"), params.get("client_secret")) != (
        account.app_id,
        account.app_secret,
    ):
        raise errors.GraphError("Error validating client secret.", 1)
    credential = read.text(params, "fb_exchange_token") or read.text(params, "code")
    if credential is None:
        raise errors.required("code")
    if params.get("grant_type") == "fb_exchange_token" and not token_is_valid(graph, credential):
        raise errors.bad_token()
    token_id = graph.world.new_id("meta")
    token = "EAASB" + seeded_secret(graph.world.seed, f"meta token {token_id}", 60)
    expires = graph.now() + timedelta(seconds=_TOKEN_SECONDS)
    graph.world.put_object("meta", "tokens", token, {"expires_at": int(expires.timestamp())})
    return {"access_token": token, "token_type": "bearer", "expires_in": _TOKEN_SECONDS}


def token_is_valid(graph: Graph, token: str) -> bool:
    if token in (graph.account.access_token, app_token(graph)):
        return True
    issued = graph.world.get_object("meta", "tokens", token)
    return issued is not None and graph.now().timestamp() < issued["expires_at"]


def token_has_expired(graph: Graph, token: str) -> bool:
    return graph.world.get_object("meta", "tokens", token) is not None and not token_is_valid(
        graph, token
    )


def app_token(graph: Graph) -> str:
    return f"{graph.account.app_id}|{graph.account.app_secret}"


def debug_token(graph: Graph, params: Params) -> dict[str, Any]:
    token = read.required_text(params, "input_token")
    issued = graph.world.get_object("meta", "tokens", token) or {"expires_at": 0}
    valid = token_is_valid(graph, token)
    data: Params = {
        "app_id": graph.account.app_id,
        "type": "SYSTEM_USER" if token == graph.account.access_token else "USER",
        "is_valid": valid,
        "expires_at": issued["expires_at"] if valid else 0,
        "data_access_expires_at": 0,
        "scopes": SCOPES if valid else [],
        "granular_scopes": [{"scope": scope} for scope in SCOPES] if valid else [],
        "user_id": "122000000000000001",
    }
    if not valid:
        data["error"] = {"code": 190, "message": "Malformed access token"}
    return {"data": data}


def _offset_hours(graph: Graph) -> float:
    text = graph.time(graph.now()) or "+0000"
    return int(text[-5:-2]) + int(text[-5] + text[-2:]) / 60


def _total_spend(graph: Graph) -> int:
    today = graph.now().date()
    rows = graph.market.rows(graph.account.id, today - timedelta(400), today + timedelta(1))
    return read.to_minor(sum(row.spend_micros for row in rows), graph.currency)
