"""Texts that Google refuses at once; the review (world.review) finds others hours later.

(Google Ads API, PolicyFindingError of ads, PolicyViolationError of keywords)
"""

from collections.abc import Iterable
from typing import Any

from google.ads.googleads.v26.errors.types import errors as error_types  # noqa: TID251

from sandbox.google.errors import Path, Problem
from sandbox.google.rules.shared import Problems

REFUSED_AT_ONCE = ("counterfeit", "fake passport")
_TOPIC = "DANGEROUS_OR_DERIVATIVE_PRODUCTS"
_Details = error_types.ErrorDetails.pb()


def check_ad_policy(texts: Iterable[str], path: Path) -> Problems:
    phrase = _phrase_in(" ".join(texts))
    if phrase is None:
        return
    details = _Details()
    entry = details.policy_finding_details.policy_topic_entries.add(topic=_TOPIC)
    entry.evidences.add().text_list.texts.append(phrase)
    message = f"The ad contains '{phrase}', which the policy prohibits."
    yield Problem("policy_finding_error", "POLICY_FINDING", message, path, phrase, details)


def check_keyword_policy(text: str, path: Path) -> Problems:
    phrase = _phrase_in(text)
    if phrase is None:
        return
    details: Any = _Details()
    violation = details.policy_violation_details
    violation.external_policy_name = _TOPIC
    violation.key.policy_name, violation.key.violating_text = _TOPIC, phrase
    message = f"The keyword contains '{phrase}', which the policy prohibits."
    yield Problem("policy_violation_error", "POLICY_ERROR", message, path, text, details)


def _phrase_in(text: str) -> str | None:
    return next((phrase for phrase in REFUSED_AT_ONCE if phrase in text.casefold()), None)
