"""Reads and validates the parameters of a TikTok API call, from a query or a JSON body."""

from __future__ import annotations

import ast
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from sandbox.http.recent import ListCache
from sandbox.http.webapp import Upload
from sandbox.market.ground_truth import UNITS_PER_USD
from sandbox.market.market import Market
from sandbox.tiktok import errors
from sandbox.world.model import Account, Ad, AdGroup, Campaign
from sandbox.world.world import World

Params = dict[str, Any]
TIME = "%Y-%m-%d %H:%M:%S"
STATUS_TO_TIKTOK = {"active": "ENABLE", "paused": "DISABLE", "removed": "DELETE"}
STATUS_FROM_TIKTOK = {word: status for status, word in STATUS_TO_TIKTOK.items()}
NAME_LENGTH = 512
OwnT = TypeVar("OwnT", Campaign, AdGroup, Ad)


@dataclass(frozen=True)
class TikTok:
    """The world as one TikTok advertiser sees it."""

    world: World
    market: Market
    list_cache: ListCache = field(default_factory=ListCache)

    @property
    def account(self) -> Account:
        return self.world.account("tiktok")

    def now(self) -> datetime:
        return self.world.now()

    def campaign(self, number: object) -> Campaign:
        """Raises ApiError 40007 unless this advertiser has it, like the next two methods."""
        return _require_own(self.world.get_campaign(str(number)), "Campaign", number)

    def ad_group(self, number: object) -> AdGroup:
        return _require_own(self.world.get_ad_group(str(number)), "Ad group", number)

    def ad(self, number: object) -> Ad:
        return _require_own(self.world.get_ad(str(number)), "Ad", number)

    def units(self, usd: float) -> float:
        """An amount of US dollars in the account's currency."""
        return usd * UNITS_PER_USD.get(self.account.currency, 1.0)


@dataclass(frozen=True)
class TikTokCall:
    method: str
    path: str
    params: Params
    files: list[Upload]


def _require_own(item: OwnT | None, kind: str, item_id: object) -> OwnT:
    if item is None or item.platform != "tiktok":
        raise errors.ApiError(errors.NOT_FOUND, f"{kind} {item_id} doesn't exist.")
    return item


def require(params: Params, names: Iterable[str]) -> None:
    missing = [name for name in names if params.get(name) in (None, "", [])]
    if missing:
        raise errors.missing(missing)


def check_advertiser(tiktok: TikTok, params: Params) -> None:
    require(params, ["advertiser_id"])
    if str(params["advertiser_id"]) != tiktok.account.id:
        raise errors.no_permission(params["advertiser_id"])


def json_value(params: Params, name: str, kind: type[Any]) -> Any:
    """A list or object, sent as such, as JSON text, or as a Python literal, which the official
    client writes for booleans. None when absent."""
    value = params.get(name)
    if isinstance(value, str) and value:
        value = _parse_json(name, value)
    if value is None or value == "":
        return None
    if not isinstance(value, kind):
        raise errors.invalid(f"{name}: must be a JSON {'array' if kind is list else 'object'}.")
    return value


def _parse_json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        raise errors.invalid(f"{name}: is not valid JSON.") from None


def boolean(params: Params, name: str) -> bool:
    value = params.get(name)
    return value if isinstance(value, bool) else str(value).lower() == "true"


def integer(params: Params, name: str, default: int, low: int, high: int) -> int:
    value = params.get(name, default)
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise errors.invalid(f"{name}: must be an integer.") from None
    if not low <= number <= high:
        raise errors.invalid(f"{name}: must be between {low} and {high}.")
    return number


def choice(params: Params, name: str, allowed: Iterable[str]) -> str | None:
    value = params.get(name)
    if value in (None, ""):
        return None
    if value not in allowed:
        raise errors.not_one_of(name, value, allowed)
    return str(value)


def money(params: Params, name: str) -> float:
    """Major units of the account's currency, above zero, at most two decimals."""
    value = params.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise errors.invalid(f"{name}: must be a number.")
    if not 0 < value < 10_000_000 or round(value, 2) != value:
        raise errors.invalid(f"{name}: must be above 0 with at most two decimals.")
    return float(value)


def micros(amount: float) -> int:
    return round(amount * 100) * 10_000


def valid_text(params: Params, name: str, max_length: int) -> str:
    """Text without emoji; wide characters count twice. (TikTok, names and ad text)"""
    value = params.get(name)
    if not isinstance(value, str) or not value.strip():
        raise errors.missing([name])
    if any(_is_emoji(char) for char in value):
        raise errors.invalid(f"{name}: emoji are not supported.")
    if text_width(value) > max_length:
        raise errors.invalid(f"{name}: must be at most {max_length} characters.")
    return value


def text_width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _is_emoji(char: str) -> bool:
    code = ord(char)
    return 0x1F000 <= code <= 0x1FFFF or 0x2600 <= code <= 0x27BF or code in (0xFE0F, 0x200D)


def utc_time(params: Params, name: str) -> datetime | None:
    """A schedule time, which is in UTC. (TikTok, ad group)"""
    value = params.get(name)
    if value in (None, ""):
        return None
    try:
        return datetime.strptime(str(value), TIME).replace(tzinfo=UTC)
    except ValueError:
        raise errors.invalid(f"{name}: must be in the format YYYY-MM-DD HH:MM:SS.") from None


def format_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(TIME)


def page(items: list[Any], params: Params, *, default: int = 10) -> Params:
    page_number = integer(params, "page", 1, 1, 1_000_000)
    size = integer(params, "page_size", default, 1, 1000)
    total = len(items)
    return {
        "list": items[(page_number - 1) * size : page_number * size],
        "page_info": {
            "page": page_number,
            "page_size": size,
            "total_number": total,
            "total_page": -(-total // size),
        },
    }


def ids(params: Params, name: str, max_count: int = 20) -> list[str]:
    values = json_value(params, name, list)
    if not values:
        raise errors.missing([name])
    if len(values) > max_count:
        raise errors.ApiError(errors.TOO_MANY_IDS, f"{name}: at most {max_count} ids.")
    return [str(item) for item in values]


def claim_request_id(tiktok: TikTok, params: Params, kind: str) -> bool:
    """Whether a request_id was given. Raises ApiError for one used before. (TikTok, idempotency)"""
    request_id = params.get("request_id")
    if request_id in (None, ""):
        return False
    if not str(request_id).isdigit() or int(str(request_id)) >= 2**63:
        raise errors.invalid("request_id: must be a string with a 64-bit integer.")
    key = f"{kind}:{request_id}"
    if tiktok.world.get_object("tiktok", "requests", key) is not None:
        raise errors.ApiError(
            errors.DUPLICATE_REQUEST, f"Duplicate request: request_id {request_id}."
        )
    tiktok.world.put_object("tiktok", "requests", key, {"at": tiktok.now()})
    return True
