"""Name patterns and URL tags: what is refused, what they give, how an address carries them."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import naming
from campaigns.briefs.selectors import patterns_of
from campaigns.models import NamingPatterns
from campaigns.naming import Patterns
from campaigns.services import set_patterns
from core.common.errors import InputErrors
from core.models import Actor, Advertiser, AuditEntry

WORD = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)


def refusals(patterns: Patterns) -> list[tuple[str | None, str]]:
    with pytest.raises(InputErrors) as caught:
        naming.check(patterns)
    return [(err.field, err.user_message) for err in caught.value.errors]


@pytest.mark.parametrize(
    ("field", "pattern", "says"),
    [
        ("campaign", "", "A name cannot be empty."),
        ("campaign", "{brief", "A brace stands alone: write placeholders as {brief}."),
        ("ad", "x" * 201, "A pattern has at most 200 characters."),
        ("url_tags", "utm_source=a&utm_source=b", "utm_source stands there twice."),
        ("url_tags", "utm source=a", "“utm source=a” is no tag."),
        ("url_tags", "utm_source", "“utm_source” is no tag."),
        ("url_tags", "utm_source=a%20b", "Write the text itself instead of codes such as %20"),
        ("url_tags", "utm_source=", "“utm_source=” is no tag."),
    ],
)
def test_a_pattern_that_cannot_be_used_names_its_field(field: str, pattern: str, says: str) -> None:
    found = refusals(Patterns(**{field: pattern}))
    assert [name for name, _ in found] == [field]
    assert found[0][1].startswith(says)


def test_an_unknown_placeholder_is_refused_with_those_that_there_are() -> None:
    [(field, says)] = refusals(Patterns(ad_group="{headline}"))
    assert field == "ad_group"
    assert says.startswith("{headline} is unknown here. There are: {brief}, {platform}")


def test_all_patterns_at_fault_are_said_at_once() -> None:
    assert [f for f, _ in refusals(Patterns(campaign="{x}", url_tags="a b"))] == [
        "campaign",
        "url_tags",
    ]


def test_a_name_is_filled_in_and_cut_to_what_the_platforms_take() -> None:
    said = {"brief": "Boots  &  tents", "platform": "Meta"}
    assert naming.fill("campaign", "{platform} | {brief}", said) == "Meta | Boots & tents"
    long = naming.fill("ad", "{brief}", {"brief": "a" * 300})
    assert (len(long), long[-1]) == (100, "…")


def test_a_filled_in_value_is_not_read_as_a_pattern_again() -> None:
    assert naming.fill("campaign", "{brief}", {"brief": "{platform}"}) == "{platform}"


def test_tags_are_lower_case_with_hyphens_and_percent_encoded() -> None:
    tags = naming.fill_tags("?utm_campaign={brief}&utm_term=a b", {"brief": "Größe & Süd 50 %"})
    url = naming.add_tags("https://example.com/", tags)
    assert url == "https://example.com/?utm_campaign=gr%C3%B6%C3%9Fe-s%C3%BCd-50&utm_term=a%20b"


def test_a_tag_of_the_address_itself_stays_and_nothing_of_it_is_lost() -> None:
    tags = [("utm_source", "meta"), ("utm_medium", "paid")]
    url = naming.add_tags("https://example.com/a?utm_source=news&x=%2F#top", tags)
    assert url == "https://example.com/a?utm_source=news&x=%2F&utm_medium=paid#top"


def test_a_value_that_gives_nothing_adds_no_tag() -> None:
    tags = naming.fill_tags("utm_source={brief}", {"brief": "!!!"})
    assert naming.add_tags("https://example.com/", tags) == "https://example.com/"


@given(query=st.dictionaries(WORD, WORD), tags=st.dictionaries(WORD, WORD, min_size=1))
def test_tagging_keeps_the_address_and_adds_each_tag_once(
    query: dict[str, str], tags: dict[str, str]
) -> None:
    base = naming.add_tags("https://example.com/p", list(query.items()))
    url = naming.add_tags(base, list(tags.items()))
    assert url.startswith(base)
    assert dict(parse_qsl(urlsplit(url).query)) == tags | query


@given(brief=WORD, platform=WORD, between=st.sampled_from([" · ", "_", " | ", "-"]))
def test_a_name_made_by_a_pattern_fits_it(brief: str, platform: str, between: str) -> None:
    pattern = f"{{platform}}{between}{{brief}}"
    name = naming.fill("campaign", pattern, {"brief": brief, "platform": platform})
    assert naming.matches(pattern, name)
    assert not naming.matches(pattern, "")


def test_a_name_of_another_form_does_not_fit() -> None:
    assert not naming.matches("{platform} | {brief}", "Boots · Meta")


def test_a_name_that_was_cut_fits_its_pattern() -> None:
    pattern = "{platform} | {brief} | {countries}"
    said = {"platform": "Meta", "brief": "b" * 200, "countries": "US"}
    assert naming.matches(pattern, naming.fill("campaign", pattern, said))


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{brief} {platform} {objective} {countries} {account} {start} {month} x", "word " * 20),
        ("{brief}" * 7 + "Z", "a" * 80),
        ("{brief}a" * 20, "a" * 150 + "b"),
    ],
)
def test_a_long_pattern_is_checked_in_a_moment(pattern: str, name: str) -> None:
    """A check that tries every division would not come to an end."""
    assert not naming.matches(pattern, name)


@pytest.mark.parametrize(
    ("pattern", "name", "does"),
    [
        ("{a}-{b}", "x-y", True),
        ("{a}-{b}", "x-", False),
        ("{a}-{b}", "-y", False),
        ("{a}{b}", "xy", True),
        ("{a}{b}", "x", False),
        ("Fixed", "Fixed", True),
        ("Fixed", "Fixed more", False),
        ("DE_{a}", "DE_x", True),
        ("DE_{a}", "AT_x", False),
        ("{a}_{b}_DE", "x_y_z_DE", True),
    ],
)
def test_fixed_parts_stand_in_their_order_with_something_between(
    pattern: str, name: str, does: bool
) -> None:
    assert naming.matches(pattern, name) is does


# ---- the service ----


def test_new_patterns_are_kept_with_what_was_before(actor: Actor, advertiser: Advertiser) -> None:
    assert patterns_of(advertiser) == Patterns()
    wish = Patterns(campaign=" {platform} | {brief} ", url_tags="utm_source={platform}")
    set_patterns(actor=actor, advertiser=advertiser, patterns=wish)
    assert patterns_of(advertiser) == Patterns(
        campaign="{platform} | {brief}", url_tags="utm_source={platform}"
    )
    entry = AuditEntry.objects.get(action="set names")
    assert (entry.before["campaign"], entry.after["campaign"]) == (
        "{brief} · {platform}",
        "{platform} | {brief}",
    )


def test_refused_patterns_change_nothing(actor: Actor, advertiser: Advertiser) -> None:
    with pytest.raises(InputErrors):
        set_patterns(actor=actor, advertiser=advertiser, patterns=Patterns(campaign="{x}"))
    assert not NamingPatterns.objects.exists()
    assert not AuditEntry.objects.filter(action="set names").exists()
