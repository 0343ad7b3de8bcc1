"""The stop switch of one platform in the admin."""

from __future__ import annotations

import pytest

from core.models import Advertiser, AuditEntry
from platforms.models import PlatformLimits
from tests.fixtures.admin import act, signed_in
from tests.fixtures.people import People


@pytest.fixture
def meta(advertiser: Advertiser) -> PlatformLimits:
    return PlatformLimits.objects.create(advertiser=advertiser, platform="meta")


def is_on(limits: PlatformLimits) -> bool:
    return PlatformLimits.objects.get(pk=limits.pk).stopped_at is not None


def test_one_platforms_switch_is_pressed_by_editors_and_lifted_by_approvers(
    meta: PlatformLimits, advertiser: Advertiser, people: People
) -> None:
    editor, approver = signed_in(people.editor), signed_in(people.approver)
    google = PlatformLimits.objects.create(advertiser=advertiser, platform="google")
    assert act(editor, [meta], "press_stop") == ["Stopped: 1 platform limits."]
    meta.refresh_from_db()
    advertiser.refresh_from_db()
    assert (meta.stopped_by, meta.stop_reason) == (people.editor.username, "Pressed in the admin.")
    assert not is_on(google)
    assert not advertiser.is_stopped
    assert act(editor, [meta], "press_stop") == ["Meta of Acme: The stop switch is on already."]
    assert act(editor, [meta], "lift_stop") == [
        "Meta of Acme: This needs the role approver at Acme."
    ]
    assert is_on(meta)
    assert act(approver, [meta], "lift_stop") == ["Lifted the stop switch of: 1 platform limits."]
    assert not is_on(meta)
    assert act(approver, [meta], "lift_stop") == ["Meta of Acme: The stop switch is off already."]
    entries = AuditEntry.objects.order_by("pk").values_list("action", "after__platform")
    assert list(entries) == [("press the stop switch", "meta"), ("lift the stop switch", "meta")]


def test_a_viewer_presses_no_switch(meta: PlatformLimits, people: People) -> None:
    said = act(signed_in(people.viewer), [meta], "press_stop")
    assert said == ["Meta of Acme: This needs the role editor at Acme."]
    assert not is_on(meta)
    assert not AuditEntry.objects.exists()


def test_imported_reports_have_no_switch(advertiser: Advertiser, people: People) -> None:
    imported = PlatformLimits.objects.create(advertiser=advertiser, platform="import")
    (said,) = act(signed_in(people.admin), [imported], "press_stop")
    assert "'import' has no stop switch of its own." in said
    assert not is_on(imported)
