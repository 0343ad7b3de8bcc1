"""What a platform refuses of a campaign spec, as far as it is known without asking.

One set of rules for the review of a plan and for the client that sends it, so that they cannot
disagree. Each rule reads the limits from Capabilities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from core.common.money import Money
from core.common.texts import has_control_characters, has_emoji
from platforms.capabilities import Capabilities
from platforms.common.supported import NAMES, unsupported
from platforms.spec.ads import Ad, descriptions_of, headlines_of
from platforms.spec.campaign import CampaignSpec
from platforms.types import MAX_AGE, SpecProblem

MAX_ADDRESS_LENGTH = 2048  # Google Ads API, final_urls
Problems = Iterator[SpecProblem]


def spec_problems(can: Capabilities, spec: CampaignSpec) -> list[SpecProblem]:
    """Each problem once, in the order of the rules."""
    rules = (
        _politics,
        _budget,
        _ages,
        _keywords,
        _text_counts,
        _text_lengths,
        _repeats,
        _addresses,
        _signs,
    )
    found = [problem for rule in rules for problem in rule(can, spec)]
    named = {problem.field for problem in found}  # by a rule with words of its own
    found += [problem for problem in unsupported(can, spec) if problem.field not in named]
    return list(dict.fromkeys(found))


def _politics(can: Capabilities, spec: CampaignSpec) -> Problems:
    if spec.declarations.political_ads and not can.political_ads:
        yield SpecProblem(
            "political_ads", f"{_name(can)} carries no political ads. Leave the account out."
        )


def _budget(can: Capabilities, spec: CampaignSpec) -> Problems:
    amount = spec.budget.amount
    if amount is None:
        return
    currency = amount.currency
    if can.currencies is not None and currency not in can.currencies:
        yield SpecProblem("accounts", currency_refusal(can, currency))
    step = can.budget_step(currency)
    if amount.micros % step:
        least = Money.from_micros(step, currency)
        yield SpecProblem(
            "total_budget",
            f"{_name(can)} takes daily budgets in {currency} in steps of {least}. Choose another "
            "total or other days.",
        )


def currency_refusal(can: Capabilities, currency: str) -> str:
    return (
        f"Budgets in {currency} cannot be set on {_name(can)}: its list of currencies does not "
        f"say in which unit it counts {currency}. Use an ad account in another currency."
    )


def _ages(can: Capabilities, spec: CampaignSpec) -> Problems:
    starts, ends = can.age_bounds, {bound - 1 for bound in can.age_bounds} | {MAX_AGE}
    for targeting in (group.targeting for group in spec.ad_groups):
        if targeting.age_min not in starts:
            allowed = ", ".join(map(str, starts))
            yield SpecProblem(
                "age_min", f"{_name(can)} targets ages from {allowed}. Choose one of these."
            )
        if targeting.age_max not in ends or targeting.age_max < targeting.age_min:
            allowed = ", ".join(str(end) for end in sorted(ends) if end > targeting.age_min)
            yield SpecProblem("age_max", f"Choose a last age from {allowed}.")


def _keywords(can: Capabilities, spec: CampaignSpec) -> Problems:
    for group in spec.ad_groups:
        words = [keyword.text for keyword in group.targeting.keywords]
        if can.keywords and not any(word.strip() for word in words):
            yield SpecProblem("keywords", "A search campaign needs at least one keyword.")
        for word in words if can.keywords else ():
            yield from _keyword(can, word)


def _keyword(can: Capabilities, word: str) -> Problems:
    if not word.strip():
        yield SpecProblem("keywords", "A keyword is empty. Take the empty line out.")
    if len(word) > can.keyword_length or len(word.split()) > can.keyword_words:
        yield SpecProblem(
            "keywords",
            f"“{word}” is too long: at most {can.keyword_length} characters, "
            f"{can.keyword_words} words.",
        )
    signs = [sign for sign in dict.fromkeys(word) if sign in can.keyword_signs]
    if signs:
        yield SpecProblem(
            "keywords",
            f"{_name(can)} takes no {' '.join(signs)} in a keyword: “{word}”. Take it out.",
        )


def _text_lists(can: Capabilities, ad: Ad) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """Field, texts and their most characters; a list that the platform does not show is left
    out."""
    if can.headlines[1]:
        yield "headlines", headlines_of(ad), can.headline_length
    if can.descriptions[1]:
        yield "descriptions", descriptions_of(ad), can.description_length


def _text_counts(can: Capabilities, spec: CampaignSpec) -> Problems:
    for ad in _ads(spec):
        for field, texts, length in _text_lists(can, ad):
            low, high = getattr(can, field)
            if not low <= len(texts) <= high:
                yield SpecProblem(
                    field,
                    f"Ad {ad.name} has {len(texts)} {field} that fit; {low} to {high} are "
                    f"needed, of at most {length} characters each. Write shorter ones.",
                )


def _text_lengths(can: Capabilities, spec: CampaignSpec) -> Problems:
    for ad in _ads(spec):
        for field, texts, length in _text_lists(can, ad):
            for text in texts:
                if not text.strip():
                    yield SpecProblem(field, f"Ad {ad.name} has an empty text in its {field}.")
                elif can.text_size(text) > length:
                    yield SpecProblem(field, _too_long(can, text, length))


def _too_long(can: Capabilities, text: str, length: int) -> str:
    size = can.text_size(text)
    wide = ", where wide characters count twice" if size > len(text) else ""
    return f"“{text}” has {size} characters{wide}; {_name(can)} takes {length}. Shorten it."


def _repeats(can: Capabilities, spec: CampaignSpec) -> Problems:
    for ad in _ads(spec):
        lists = [(field, texts) for field, texts, _ in _text_lists(can, ad)]
        for field, texts in lists:
            if len({text.strip() for text in texts}) < len(texts):
                yield SpecProblem(field, f"Ad {ad.name} has the same text twice in its {field}.")
        if can.texts_once:
            seen = Counter(text for _, texts in lists for text in {text.strip() for text in texts})
            for text in (text for text, count in seen.items() if count > 1):
                yield SpecProblem(
                    "descriptions",
                    f"“{text}” is a headline and a description of ad {ad.name}; {_name(can)} "
                    "takes a text once. Write another one.",
                )


def _addresses(can: Capabilities, spec: CampaignSpec) -> Problems:
    longest = max((len(ad.landing_url) for ad in _ads(spec)), default=0)
    if longest > MAX_ADDRESS_LENGTH:
        yield SpecProblem(
            "landing_url",
            f"With its tags the landing page's address has {longest} characters; "
            f"{MAX_ADDRESS_LENGTH} fit. Shorten the address or the URL tags.",
        )
    for ad in _ads(spec):
        if not _is_address(ad.landing_url, public=can.public_domain):
            yield SpecProblem(
                "landing_url",
                f"{_name(can)} takes no address such as {ad.landing_url[:80]}. Use a full one "
                "without blanks, such as https://www.example.com/shop.",
            )


def _is_address(text: str, *, public: bool) -> bool:
    if any(sign.isspace() for sign in text) or not text.startswith(("http://", "https://")):
        return False
    try:
        host = urlsplit(text).hostname or ""
    except ValueError:  # such as an open bracket of an IPv6 address
        return False
    return "." in host.strip(".") if public else bool(host)


def _signs(can: Capabilities, spec: CampaignSpec) -> Problems:
    """Emoji, and line breaks and other control characters."""
    names = [spec.name, *(group.name for group in spec.ad_groups)]
    ads = _ads(spec)
    texts = [text for ad in ads for _, shown, _ in _text_lists(can, ad) for text in shown]
    keywords = [word for group in spec.ad_groups for word in group.targeting.keywords]
    words = [keyword.text for keyword in keywords]
    for field, values in (
        ("name", [*names, *(ad.name for ad in ads)]),
        ("descriptions", texts),
        ("keywords", words),
    ):
        for text in values:
            if field != "keywords" and not can.emoji and has_emoji(text):
                yield SpecProblem(field, f"{_name(can)} takes no emoji: “{text}”. Take them out.")
            if has_control_characters(text):
                yield SpecProblem(
                    field, f"A line break or control character is in {text!r}. Take it out."
                )


def _ads(spec: CampaignSpec) -> list[Ad]:
    return [ad for group in spec.ad_groups for ad in group.ads]


def _name(can: Capabilities) -> str:
    return NAMES.get(can.platform, can.platform)
