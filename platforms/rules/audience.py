"""What a platform refuses of who ads are shown to: ages and keywords."""

from __future__ import annotations

from platforms.rules.capabilities import Capabilities
from platforms.rules.rule import Problems, name_of
from platforms.spec.campaign import CampaignSpec
from platforms.types import MAX_AGE, SpecProblem


def ages(can: Capabilities, spec: CampaignSpec) -> Problems:
    starts, ends = can.age_bounds, _ends(can)
    for at, group in enumerate(spec.ad_groups):
        targeting, path = group.targeting, f"ad_groups[{at}].targeting"
        if targeting.age_min not in starts:
            says = f"{name_of(can)} targets ages from {_listed(starts)}. Choose one of these."
            yield SpecProblem("age_min", says, f"{path}.age_min")
        if targeting.age_max not in ends or targeting.age_max < targeting.age_min:
            allowed = [end for end in sorted(ends) if end > targeting.age_min]
            says = f"Choose a last age from {_listed(allowed)}."
            yield SpecProblem("age_max", says, f"{path}.age_max")


def ages_sentence(can: Capabilities) -> str:
    bounds = can.age_bounds
    if bounds == tuple(range(bounds[0], bounds[-1] + 1)):
        return f"Ages are any from {bounds[0]} to {bounds[-1]}; {MAX_AGE} has no upper end."
    starts, ends = _listed(bounds), _listed(sorted(_ends(can)))
    return f"The first age is one of {starts}; the last one of {ends}; {MAX_AGE} has no upper end."


def _ends(can: Capabilities) -> set[int]:
    return {bound - 1 for bound in can.age_bounds if bound > can.age_bounds[0]} | {MAX_AGE}


def _listed(numbers: list[int] | tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))


def keywords(can: Capabilities, spec: CampaignSpec) -> Problems:
    for at, group in enumerate(spec.ad_groups if can.keywords else ()):
        path = f"ad_groups[{at}].targeting.keywords"
        words = [keyword.text for keyword in group.targeting.keywords]
        if not words:
            says = "A search campaign needs at least one keyword."
            yield SpecProblem("keywords", says, path)
        for number, word in enumerate(words):
            yield from _keyword(can, word, f"{path}[{number}].text")


def _keyword(can: Capabilities, word: str, path: str) -> Problems:
    if len(word) > can.keyword_length or len(word.split()) > can.keyword_words:
        says = (
            f"“{word}” is too long: at most {can.keyword_length} characters, "
            f"{can.keyword_words} words."
        )
        yield SpecProblem("keywords", says, path)
    signs = [sign for sign in dict.fromkeys(word) if sign in can.keyword_signs]
    if signs:
        says = f"{name_of(can)} takes no {' '.join(signs)} in a keyword: “{word}”. Take it out."
        yield SpecProblem("keywords", says, path)


def keywords_sentence(can: Capabilities) -> str:
    if not can.keywords:
        return ""
    return (
        f"An ad group has at least one keyword, each of at most {can.keyword_length} characters "
        f"and {can.keyword_words} words, without any of {can.keyword_signs}"
    )
