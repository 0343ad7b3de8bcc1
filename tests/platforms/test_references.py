from __future__ import annotations

import pytest

from core.common.errors import InvalidInput
from platforms.common.references import (
    new_reference,
    reference_in,
    replace_name,
    strip_reference,
    validate_reference,
    with_reference,
)


def test_new_references_are_valid_and_differ() -> None:
    references = {new_reference() for _ in range(200)}
    assert len(references) == 200
    assert all(len(r) == 15 and validate_reference(r) == r for r in references)


def test_reference_goes_behind_the_name_and_comes_back() -> None:
    remote = with_reference("Summer  sale\n2026", "ae-abc", 100)
    assert remote == "Summer sale 2026 [ae-abc]"
    assert strip_reference(remote) == ("Summer sale 2026", "ae-abc")


def test_only_the_name_is_trimmed_to_the_limit() -> None:
    assert with_reference("Summer sale", "ae-abc", 16) == "Summer [ae-abc]"
    assert with_reference("Summer", "ae-abc", 8) == "[ae-abc]"


def test_limit_counts_as_the_vendor_counts() -> None:
    def in_bytes(text: str) -> int:
        return len(text.encode())

    remote = with_reference("äääää", "ae-abc", 15, in_bytes)
    assert remote == "äää [ae-abc]"
    assert in_bytes(remote) == 15


def test_suffix_of_the_vendor_does_not_hide_the_reference() -> None:
    assert reference_in("Sale [ae-abc] 2026-03-01-5f3a") == "ae-abc"
    assert strip_reference("Sale [ae-abc] copy") == ("Sale copy", "ae-abc")


def test_name_without_reference_stays_whole() -> None:
    assert strip_reference("Sale [spring]") == ("Sale [spring]", None)


def test_renaming_keeps_the_reference() -> None:
    assert replace_name("Old [ae-abc]", "New", 100) == "New [ae-abc]"
    assert replace_name("Made elsewhere", "New", 100) == "New"


@pytest.mark.parametrize("bad", ["", "abc", "ae-", "ae-A", "ae-x'", "ae-%", "ae-" + "a" * 41])
def test_reference_of_another_form_is_refused(bad: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        with_reference("Sale", bad, 100)
    assert refusal.value.field == "reference"
