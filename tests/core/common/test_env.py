from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from core.common import env

NAME = "ADSENGINE_TEST_VALUE"


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    monkeypatch.delenv(f"{NAME}_FILE", raising=False)


def test_text_without_value_and_default_names_the_setting_and_the_remedy() -> None:
    with pytest.raises(ImproperlyConfigured, match=f"{NAME} is missing. Set it to tea."):
        env.text(NAME, how="Set it to tea.")
    assert env.text(NAME, "water") == "water"


def test_file_wins_over_the_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n")
    monkeypatch.setenv(NAME, "from the value")
    assert env.text(NAME) == "from the value"
    monkeypatch.setenv(f"{NAME}_FILE", str(file))
    assert env.text(NAME) == "from the file"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff"])
def test_file_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv(f"{NAME}_FILE", str(file))
    with pytest.raises(ImproperlyConfigured, match=f"{NAME}_FILE cannot be read"):
        env.text(NAME, "default")


@pytest.mark.parametrize(
    ("value", "read"), [("true", True), ("FALSE", False), ("True", True), ("", True)]
)
def test_flag_is_true_or_false(monkeypatch: pytest.MonkeyPatch, value: str, read: bool) -> None:
    monkeypatch.setenv(NAME, value)
    assert env.flag(NAME, True) is read


@pytest.mark.parametrize("value", ["yes", "1", "0", "on", " true", "flase"])
def test_flag_that_is_neither_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured, match=f"{NAME} must be true or false"):
        env.flag(NAME, False)


def test_number_is_whole_and_within_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.integer(NAME, 5, low=1, high=9) == 5
    monkeypatch.setenv(NAME, "9")
    assert env.integer(NAME, 5, low=1, high=9) == 9
    for wrong, reason in (("10", "between 1 and 9"), ("0", "between"), ("3.5", "whole number")):
        monkeypatch.setenv(NAME, wrong)
        with pytest.raises(ImproperlyConfigured, match=f"{NAME} must be .*{reason}"):
            env.integer(NAME, 5, low=1, high=9)


def test_names_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.names(NAME) == []
    monkeypatch.setenv(NAME, " a.example , ,b.example,")
    assert env.names(NAME) == ["a.example", "b.example"]


def test_empty_list_is_refused_where_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, " , ")
    with pytest.raises(ImproperlyConfigured, match=f"{NAME} is missing. Name a host."):
        env.names(NAME, how="Name a host.")


def test_names_can_stand_in_a_file_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("new,old\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(file))
    assert env.names(NAME, how="Set it.") == ["new", "old"]


def test_choice_is_one_of_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.choice(NAME, "tea", "tea milk") == "tea"
    monkeypatch.setenv(NAME, "Tea")
    with pytest.raises(ImproperlyConfigured, match=f"{NAME} must be one of tea milk, not 'Tea'"):
        env.choice(NAME, "tea", "tea milk")
