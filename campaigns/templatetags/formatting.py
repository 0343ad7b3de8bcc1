"""How a number, a state or a time is printed. Loaded into every template."""

from __future__ import annotations

from collections.abc import Sequence
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
from campaigns.presentation import formats, labels
from campaigns.presentation.chart_annotations import changes
from core.common import sketch as sketches
from core.common.charts import Chart, sparkline_path
from core.common.sketch import Sketch

register = template.Library()
_FILTERS = (
    formats.dash,
    formats.money,
    formats.micros,
    formats.whole,
    formats.count,
    formats.compact,
    formats.percent,
    formats.percent0,
    formats.times,
    formats.day,
    formats.in_url,
    formats.ago,
    formats.video_length,
    formats.joined,
    formats.joined_words,
    changes,
)
for _filter in _FILTERS:
    register.filter(_filter.__name__, _filter)


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
    path = sparkline_path(values, width, height - 4)
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
def sketch(figure: Chart) -> dict[str, Sketch]:
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
    found = lifecycle.delivery(campaign, publishing)
    return {"word": found.word, "tone": found.tone}


@register.inclusion_tag("partials/badge.html")
def badge(word: str, tone: str = "off") -> dict[str, str]:
    """A state in words; tones are good, wait, off and bad."""
    return {"word": word, "tone": tone}


@register.inclusion_tag("partials/platform.html")
def platform(code: str, name: str = "") -> dict[str, str]:
    return {"code": code, "name": name or labels.platform_name(code)}


@register.simple_tag
def word(code: str, term: str) -> str:
    """The platform's own word for one of our terms, e.g. {% word "meta" "spend" %}."""
    return labels.word(code, term)
