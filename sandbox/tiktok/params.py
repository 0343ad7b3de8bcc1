"""Reads and validates the parameters of a TikTok API call, from a query or a JSON body."""

from __future__ import annotations

import ast
import json
import re
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


class TextParams(Params):
    """Parameters of a query or a form: every value is text, and lists and objects are JSON text.
    In a JSON body they are lists and objects themselves."""


TIME = "%Y-%m-%d %H:%M:%S"
STATUS_TO_TIKTOK = {"active": "ENABLE", "paused": "DISABLE", "removed": "DELETE"}
STATUS_FROM_TIKTOK = {word: status for status, word in STATUS_TO_TIKTOK.items()}
NAME_LENGTH = 512
MAX_FILTER_IDS = 100
# Pictographs, symbols and dingbats, and what joins or varies them.
_EMOJI = re.compile(
    "[\U0001f000-\U0001ffff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff\ufe0f\u200d\u20e3]"
)
OwnT = TypeVar("OwnT", Campaign, AdGroup, Ad)


@dataclass
class Past:
    """The world as it was before a write, while a list is to lag behind it."""

    world: World | None = None


@dataclass(frozen=True)
class TikTok:
    """The world as one TikTok advertiser sees it."""

    world: World
    market: Market
    list_cache: ListCache = field(default_factory=ListCache)
    past: Past = field(default_factory=Past)

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
    if not isinstance(item_id, str):
        raise errors.invalid(f"{kind} id: must be a string, not {item_id!r}.")
    if item is None or item.platform != "tiktok":
        raise errors.ApiError(errors.NOT_FOUND, f"{kind} {item_id} doesn't exist.")
    return item


def require(params: Params, names: Iterable[str]) -> None:
    missing = [name for name in names if params.get(name) in (None, "", [])]
    if missing:
        raise errors.missing(missing)


def check_advertiser(tiktok: TikTok, params: Params) -> None:
    require(params, ["advertiser_id"])
    if not isinstance(params["advertiser_id"], str):
        raise errors.invalid("advertiser_id: must be a string.")
    if params["advertiser_id"] != tiktok.account.id:
        raise errors.no_permission(params["advertiser_id"])


def json_value(params: Params, name: str, kind: type[Any]) -> Any:
    """A list or object: itself in a JSON body, in a query JSON text or a Python literal, which the
    official client writes for booleans. None when absent."""
    value = params.get(name)
    if isinstance(params, TextParams) and isinstance(value, str) and value:
        value = parse_json(name, value)
    if value is None or value == "":
        return None
    if not isinstance(value, kind):
        raise errors.invalid(f"{name}: must be a JSON {'array' if kind is list else 'object'}.")
    return value


def parse_json(name: str, text: str) -> Any:
    """Raises ApiError."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        raise errors.invalid(f"{name}: is not valid JSON.") from None


def boolean(params: Params, name: str) -> bool:
    """False when absent. Raises ApiError for anything but a boolean; in a query that is a word."""
    value = params.get(name)
    if isinstance(params, TextParams) and isinstance(value, str):
        value = {"true": True, "false": False, "": False}.get(value.lower(), value)
    if value is not None and not isinstance(value, bool):
        raise errors.invalid(f"{name}: must be a boolean.")
    return bool(value)


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
    if not isinstance(value, str) or value not in allowed:
        raise errors.not_one_of(name, value, allowed)
    return value


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
    """Text without emoji and control characters; wide characters count twice. (TikTok, names and
    ad text)"""
    value = params.get(name)
    if not isinstance(value, str) or not value.strip():
        raise errors.missing([name])
    if _EMOJI.search(value):
        raise errors.invalid(f"{name}: emoji are not supported.")
    if any(unicodedata.category(char) == "Cc" for char in value):
        raise errors.invalid(f"{name}: control characters are not supported.")
    if text_width(value) > max_length:
        raise errors.invalid(f"{name}: must be at most {max_length} characters.")
    return value


def text_width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


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
    if not all(isinstance(item, str) for item in values):
        raise errors.invalid(f"{name}: ids are strings.")
    return list(values)


def filter_ids(filtering: Params, name: str) -> list[str]:
    """The ids of a filter, 1 to 100 of them; none when it is absent. Raises ApiError."""
    if filtering.get(name) is None:
        return []
    return ids(filtering, name, MAX_FILTER_IDS)
