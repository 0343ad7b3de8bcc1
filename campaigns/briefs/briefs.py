"""Creates briefs and checks their content."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from campaigns.briefs.drafts import claim_draft, settle_draft
from campaigns.models import Asset, Brief, BriefShare
from campaigns.models.brief import CALLS_TO_ACTION, GENDERS, OBJECTIVES
from core.common import dates
from core.common.countries import check_country
from core.common.errors import AdsEngineError, InputErrors, InvalidInput
from core.common.money import Money
from core.models import Actor, Advertiser, AuditAction, record
from platforms.models import AdAccount
from platforms.registry import launch_platforms

MAX_DAYS = 366
MAX_AGE, MIN_AGE = 65, 18


@dataclass(frozen=True)
class BriefInput:
    """What a form or an API call hands in; money in the currency's major units."""

    name: str
    objective: str
    total_budget: Money
    start: date
    end: date
    landing_url: str
    countries: tuple[str, ...]
    headlines: tuple[str, ...]
    descriptions: tuple[str, ...]
    shares: dict[int, Decimal]
    """AdAccount id to share; any positive numbers."""
    age_min: int = MIN_AGE
    age_max: int = MAX_AGE
    gender: str = "any"
    keywords: tuple[str, ...] = ()
    call_to_action: str = "LEARN_MORE"
    political_ads: bool = False
    image_ids: tuple[int, ...] = field(default=())
    """Of pictures and videos."""


def create_brief(
    *, actor: Actor, advertiser: Advertiser, content: BriefInput, draft_key: UUID | None = None
) -> Brief:
    """Keep a brief. One form, told by its draft's key, makes one brief: sent again, it gives the
    one that it made. Raises InputErrors with every field at fault, and then nothing is kept."""
    accounts = check_brief(advertiser, content)
    with transaction.atomic():
        if draft_key is None:
            return _create(actor, advertiser, content, accounts)
        draft = claim_draft(actor=actor, advertiser=advertiser, key=draft_key)
        if draft.brief is not None:
            return draft.brief
        brief = _create(actor, advertiser, content, accounts)
        settle_draft(draft, brief)
    return brief


def same_content(brief: Brief, content: BriefInput) -> bool:
    """Whether the content would make just this brief again."""
    plain = ("objective", "start", "end", "landing_url", "age_min", "age_max", "gender")
    lists = ("headlines", "descriptions", "keywords")
    return (
        all(getattr(brief, key) == getattr(content, key) for key in plain)
        and all(getattr(brief, key) == _texts(getattr(content, key)) for key in lists)
        and (brief.name, brief.countries) == (content.name.strip(), list(content.countries))
        and (brief.call_to_action, brief.political_ads)
        == (content.call_to_action, content.political_ads)
        and brief.total_budget == content.total_budget
        and set(brief.images.values_list("pk", flat=True)) == set(content.image_ids)
        and {share.account_id: share.share for share in brief.shares.all()} == content.shares
    )


def _create(
    actor: Actor, advertiser: Advertiser, content: BriefInput, accounts: list[AdAccount]
) -> Brief:
    brief = Brief.objects.create(
        advertiser=advertiser,
        name=content.name.strip(),
        objective=content.objective,
        total_budget_micros=content.total_budget.micros,
        currency=content.total_budget.currency,
        start=content.start,
        end=content.end,
        landing_url=content.landing_url,
        countries=list(content.countries),
        age_min=content.age_min,
        age_max=content.age_max,
        gender=content.gender,
        keywords=_texts(content.keywords),
        headlines=_texts(content.headlines),
        descriptions=_texts(content.descriptions),
        call_to_action=content.call_to_action,
        political_ads=content.political_ads,
        author=actor.user,
    )
    brief.images.set(content.image_ids)
    BriefShare.objects.bulk_create(
        BriefShare(brief=brief, account=account, share=content.shares[account.pk])
        for account in accounts
    )
    record(
        actor,
        AuditAction.WRITE_BRIEF,
        brief,
        advertiser=advertiser,
        after={"total": str(brief.total_budget)},
    )
    return brief


def _texts(texts: tuple[str, ...]) -> list[str]:
    """Trimmed, without empties and repeats, in their order."""
    return list(dict.fromkeys(text.strip() for text in texts if text.strip()))


def check_brief(advertiser: Advertiser, content: BriefInput) -> list[AdAccount]:
    """The accounts that it goes to. Raises InputErrors with every field at fault."""
    errors: list[InvalidInput] = []
    accounts = _accounts(advertiser, content, errors)
    for check in (_check_words, _check_dates, _check_audience, _check_choices):
        check(advertiser, content, errors)
    if content.total_budget.amount <= 0:
        errors.append(InvalidInput("The total budget must be above zero.", field="total_budget"))
    if any(account.currency != content.total_budget.currency for account in accounts):
        errors.append(
            InvalidInput(
                "The chosen accounts use another currency than the budget. Make one brief per "
                "currency.",
                field="currency",
            )
        )
    owned = Asset.objects.filter(advertiser=advertiser, pk__in=content.image_ids).count()
    if owned != len(set(content.image_ids)):
        errors.append(
            InvalidInput("A picture or video was not found. Upload it again.", field="images")
        )
    if errors:
        raise InputErrors(errors)
    return accounts


def _accounts(
    advertiser: Advertiser, content: BriefInput, errors: list[InvalidInput]
) -> list[AdAccount]:
    usable = AdAccount.objects.filter(
        advertiser=advertiser,
        pk__in=content.shares,
        platform__in=launch_platforms(),
        state=AdAccount.State.CONNECTED,
    )
    accounts = list(usable)
    if not content.shares:
        errors.append(InvalidInput("Choose at least one ad account.", field="accounts"))
    elif len(accounts) != len(content.shares):
        errors.append(
            InvalidInput("An ad account is not connected. Reconnect it first.", field="accounts")
        )
    if any(not share.is_finite() or share <= 0 for share in content.shares.values()):
        errors.append(InvalidInput("Each share must be above zero.", field="shares"))
    return accounts


def _check_words(_: Advertiser, content: BriefInput, errors: list[InvalidInput]) -> None:
    if not 1 <= len(content.name.strip()) <= 120:
        errors.append(InvalidInput("A name has 1 to 120 characters.", field="name"))
    if not _texts(content.headlines):
        errors.append(InvalidInput("Write at least one headline.", field="headlines"))
    if not _texts(content.descriptions):
        errors.append(InvalidInput("Write at least one description.", field="descriptions"))
    if not _is_web_address(content.landing_url):
        errors.append(
            InvalidInput(
                "Use a full address such as https://example.com/shop.", field="landing_url"
            )
        )


def _is_web_address(text: str) -> bool:
    try:
        url = urlsplit(text)
    except ValueError:  # such as an open bracket of an IPv6 address
        return False
    return url.scheme in {"http", "https"} and bool(url.hostname) and len(text) <= 2000


def _check_dates(advertiser: Advertiser, content: BriefInput, errors: list[InvalidInput]) -> None:
    if content.start < dates.today(advertiser.time_zone):
        errors.append(InvalidInput(f"{content.start} is in the past.", field="start"))
    if content.end < content.start:
        errors.append(InvalidInput("The end is before the start.", field="end"))
    elif content.end - content.start > timedelta(days=MAX_DAYS):
        errors.append(InvalidInput("A campaign runs for a year at most.", field="end"))


def _check_audience(_: Advertiser, content: BriefInput, errors: list[InvalidInput]) -> None:
    if not content.countries:
        errors.append(InvalidInput("Choose at least one country.", field="countries"))
    for code in content.countries:
        try:
            check_country(code)
        except AdsEngineError as err:
            errors.append(InvalidInput(err.user_message, field="countries"))
    if not MIN_AGE <= content.age_min <= content.age_max <= MAX_AGE:
        errors.append(InvalidInput("Ages go from 18 to 65 (65 means and older).", field="age_min"))


def _check_choices(_: Advertiser, content: BriefInput, errors: list[InvalidInput]) -> None:
    for value, choices, name in (
        (content.objective, OBJECTIVES, "objective"),
        (content.gender, GENDERS, "gender"),
        (content.call_to_action, CALLS_TO_ACTION, "call_to_action"),
    ):
        if value not in dict(choices):
            errors.append(
                InvalidInput(f"{value!r} is not one of: {', '.join(dict(choices))}.", field=name)
            )
