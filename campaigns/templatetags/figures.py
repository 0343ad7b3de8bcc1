"""How a number, a state or a time is printed. Loaded into every template."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.db.models import Model
from django.template.context import RequestContext
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from campaigns import lifecycle
from campaigns.models import Campaign, PublishRequest
from campaigns.presentation import words
from core.common import clock
from core.common import sketch as sketches
from core.common.dates import DayRange
from core.common.figures import Figure, spark_path
from core.common.money import Money
from core.common.sketch import Sketch
from core.models import AuditEntry

register = template.Library()
DASH = "–"
Number = Decimal | int | float | None
# From where on a number is shortened, by what, and the letter for it.
_SIZES = ((1e9, 1e9, "B"), (1e6, 1e6, "M"), (1e4, 1e3, "K"))


@register.filter
def dash(value: Any) -> Any:
    """The value, or a dash for "no value"."""
    return DASH if value is None or value == "" else value


@register.filter
def money(value: Money | None) -> str:
    return DASH if value is None else str(value)


@register.filter
def micros(value: int | None, currency: str) -> str:
    return DASH if value is None else str(Money.from_micros(value, currency))


@register.filter
def whole(value: Number) -> str:
    return DASH if value is None else f"{value:,.0f}"


@register.filter
def count(value: Number) -> str:
    """Platforms give fractions of conversions: up to two decimals, none for a whole number."""
    if value is None:
        return DASH
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def compact(value: Number) -> str:
    """1,234 stays; 12,345 is 12.3K; 1,200,000 is 1.2M."""
    if value is None:
        return DASH
    number = float(value)
    for least, unit, suffix in _SIZES:
        if abs(number) >= least:
            return f"{number / unit:,.1f}{suffix}"
    return count(value)


@register.filter
def percent(value: Number) -> str:
    return DASH if value is None else f"{value:.2%}"


@register.filter
def percent0(value: Number) -> str:
    return DASH if value is None else f"{value:.0%}"


@register.filter
def times(value: Number) -> str:
    """A return: 3.42x."""
    return DASH if value is None else f"{value:,.2f}x"


@register.filter
def day(value: Any) -> str:
    return DASH if value is None else f"{value.day} {value:%b %Y}"


@register.filter
def in_url(days: DayRange) -> str:
    """A range as it stands in the URL: 2026-03-01..2026-03-31."""
    return f"{days.first}..{days.last}"


@register.filter
def ago(value: datetime | None) -> str:
    """How long since an instant of real time: "12 min ago"."""
    if value is None:
        return "never"
    passed = clock.wall() - value
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{passed.seconds // 60} min ago"
    if passed < timedelta(days=1):
        return f"{passed.seconds // 3600} h ago"
    return "1 day ago" if passed.days == 1 else f"{passed.days} days ago"


@register.filter
def film_length(milliseconds: int) -> str:
    """As players show it: 0:15."""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes}:{seconds:02}"


@register.filter
def joined(values: Any, between: str) -> str:
    """A list as one text; a text stays as it is."""
    return between.join(values) if isinstance(values, list) else str(values or "")


@register.filter
def joined_words(names: Sequence[str]) -> str:
    """Names of fields as words: "ad_group", "first" become "ad group, first"."""
    return ", ".join(name.replace("_", " ") for name in names)


@register.filter
def changes(entry: AuditEntry) -> list[tuple[str, Any, Any]]:
    """What an entry says: name, before, after. Micros stand there for programs."""
    names = [name for name in entry.after if name not in {"micros", "spec_hash"}]
    return [(name.replace("_", " "), entry.before.get(name), entry.after[name]) for name in names]


@register.filter
def publish_tone(request: PublishRequest) -> str:
    if request.state == PublishRequest.State.DONE:
        return "good"
    if request.state == PublishRequest.State.REFUSED:
        return "bad"
    return "wait" if request.state in PublishRequest.OPEN else "off"


@register.simple_tag
def sparkline(values: Sequence[float | None], width: int = 112, height: int = 32) -> SafeString:
    """A small line without axes, drawn on the server. It says nothing that the text does not."""
    path = spark_path(values, width, height - 4)
    if not path:
        return mark_safe("")
    return format_html(
        '<svg class="spark" viewBox="0 -2 {} {}" width="{}" height="{}" aria-hidden="true" '
        'preserveAspectRatio="none"><path d="{}"/></svg>',
        width,
        height,
        width,
        height,
        path,
    )


@register.inclusion_tag("partials/sketch.html")
def sketch(figure: Figure) -> dict[str, Sketch]:
    return {"sketch": sketches.sketch(figure)}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative sign of static/img/icons.svg."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>',
        static("img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def query(context: RequestContext, **changes: Any) -> str:
    """The page's query string with some values changed; None or "" takes one out. The page
    number never goes along."""
    values = context["request"].GET.copy()
    for name in ("page", "from", "to", *changes):
        values.pop(name, None)
    for name, value in changes.items():
        if value not in (None, ""):
            values[name] = str(value)
    return f"?{values.urlencode(safe='.')}" if values else "?"


@register.simple_tag(takes_context=True)
def without(context: RequestContext, name: str, leaves: str = "") -> str:
    """The page's query string without one of its values, or with what is left of it."""
    return query(context, **{name: leaves})


@register.simple_tag
def link_to(name: str, *args: Any) -> str:
    """The address of a page, or "" while there is no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def admin_link(context: RequestContext, row: Model, label: str = "Open in admin") -> str:
    """For staff: to the row's page in the admin."""
    if not context["request"].user.is_staff:
        return ""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    url = reverse(name, args=[row.pk])
    return format_html('<a class="small" href="{}">{}</a>', url, label)


@register.inclusion_tag("partials/nav_item.html", takes_context=True)
def nav_item(
    context: RequestContext, label: str, name: str, sign: str, number: int = 0, extra: str = ""
) -> dict[str, Any]:
    """One line of the navigation; nothing where the page does not exist yet."""
    advertiser, request = context.get("advertiser"), context.get("request")
    url = link_to(name, advertiser.slug) if advertiser else ""
    path = request.path if request else ""
    here = bool(url) and (path == url if name == "overview" else path.startswith(url))
    return {
        "label": label,
        "url": url + extra if url else "",
        "sign": sign,
        "number": number,
        "current": ("page" if path == url else "true") if here else "",
    }


@register.inclusion_tag("partials/badge.html")
def delivery(campaign: Campaign, publishing: str = "") -> dict[str, str]:
    word, tone = lifecycle.delivery(campaign, publishing)
    return {"word": word, "tone": tone}


@register.inclusion_tag("partials/badge.html")
def badge(word: str, tone: str = "off") -> dict[str, str]:
    """A state in words; tones are good, wait, off and bad."""
    return {"word": word, "tone": tone}


@register.inclusion_tag("partials/platform.html")
def platform(code: str, name: str = "") -> dict[str, str]:
    return {"code": code, "name": name or words.platform_name(code)}


@register.simple_tag
def word(code: str, term: str) -> str:
    """The platform's own word for one of our terms, e.g. {% word "meta" "spend" %}."""
    return words.word(code, term)
