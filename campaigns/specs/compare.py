"""Compares what is wanted with what the platform has, field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel

from platforms.spec.campaign import AdGroupSpec, CampaignSpec
from platforms.types import Kind

_KINDS = {"ad_groups": "ad group", "ads": "ad"}
_NODE = re.compile(r"(ad_groups|ads)\[([^\]]*)\]\.?")
CarriedName = Callable[[Kind, str, str], str]
"""(kind, name, reference) to the name as the platform keeps it."""


@dataclass(frozen=True)
class Difference:
    """One field; None stands for what is not there."""

    path: str
    """Nodes by their reference: ad_groups[ae-…].targeting.age_min."""
    wanted: Any
    there: Any
    where: str
    """The path in words, with the names of the nodes."""

    def __str__(self) -> str:
        if self.there is None:
            return f"{self.where} is missing there."
        if self.wanted is None:
            return f"{self.where} is there and was not planned."
        return f"{self.where} is {_said(self.there)}, planned was {_said(self.wanted)}."


def differences(
    wanted: CampaignSpec, there: CampaignSpec, *, carried: CarriedName, today: date
) -> list[Difference]:
    """Of what the platform fills in or cuts by its own rules, nothing is said: names that are too
    long, a first day that has passed, payer and beneficiary where none is wanted."""
    wanted = _as_kept(wanted, there, carried, today)
    names = {**_names(there), **_names(wanted)}
    return [
        Difference(path, old, new, _where(path, names))
        for path, old, new in _differences("", _tree(wanted), _tree(there))
    ]


def _as_kept(
    wanted: CampaignSpec, there: CampaignSpec, carried: CarriedName, today: date
) -> CampaignSpec:
    said, schedule = wanted.declarations, wanted.schedule
    start = there.schedule.start if schedule.start < there.schedule.start <= today else None
    return wanted.model_copy(
        update={
            "name": carried("campaign", wanted.name, wanted.reference),
            "schedule": schedule.model_copy(update={"start": start or schedule.start}),
            "declarations": said.model_copy(
                update={
                    "payer": said.payer or there.declarations.payer,
                    "beneficiary": said.beneficiary or there.declarations.beneficiary,
                }
            ),
            "ad_groups": tuple(_group_as_kept(group, carried) for group in wanted.ad_groups),
        }
    )


def _group_as_kept(group: AdGroupSpec, carried: CarriedName) -> AdGroupSpec:
    ads = tuple(
        ad.model_copy(update={"name": carried("ad", ad.name, ad.reference)}) for ad in group.ads
    )
    name = carried("ad_group", group.name, group.reference)
    return group.model_copy(update={"name": name, "ads": ads})


def _tree(value: Any) -> Any:
    """Nodes with a reference are told apart by it, not by their place."""
    if isinstance(value, BaseModel):
        return {name: _tree(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, tuple) and value and hasattr(value[0], "reference"):
        return {f"[{node.reference}]": _tree(node) for node in value}
    return tuple(map(_tree, value)) if isinstance(value, tuple) else value


def _differences(path: str, wanted: Any, there: Any) -> Iterator[tuple[str, Any, Any]]:
    if wanted == there:
        return
    wanted, there = _nodes(wanted, there), _nodes(there, wanted)
    if path.endswith("keywords") and _folded(wanted) == _folded(there):
        return  # a platform may keep them in lower case
    if isinstance(wanted, dict) and isinstance(there, dict):
        for key in dict.fromkeys((*wanted, *there)):
            step = key if key.startswith("[") or not path else f".{key}"
            yield from _differences(f"{path}{step}", wanted.get(key), there.get(key))
    else:
        yield path, wanted, there


def _folded(keywords: tuple[dict[str, Any], ...]) -> list[str]:
    return sorted(repr({**one, "text": one["text"].casefold()}) for one in keywords)


def _nodes(value: Any, other: Any) -> Any:
    """No nodes, beside some."""
    return {} if value == () and isinstance(other, dict) else value


def _names(spec: CampaignSpec) -> dict[str, str]:
    ads = {ad.reference: ad.name for group in spec.ad_groups for ad in group.ads}
    return {group.reference: group.name for group in spec.ad_groups} | ads


def _where(path: str, names: Mapping[str, str]) -> str:
    """Such as: Ad group “All”, ad “A: Light boots”, landing url."""
    nodes = list(_NODE.finditer(path))
    words = [f"{_KINDS[kind]} “{names.get(ref, ref)}”" for kind, ref in (n.groups() for n in nodes)]
    field = path[nodes[-1].end() :] if nodes else path
    if field:
        words.append(field.replace(".", " ").replace("_", " "))
    text = ", ".join(words)
    return text[:1].upper() + text[1:]


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_said, value)) or "nothing"
    if isinstance(value, dict):
        return str(value.get("name") or value.get("text") or value.get("remote_id") or value)
    return f"“{value}”" if isinstance(value, str) else str(value)
