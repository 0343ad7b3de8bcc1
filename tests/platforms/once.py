"""Calls that are made once: a failure is the caller's at once."""

from __future__ import annotations

from platforms.common.calls import Calls, Governor, RetryPolicy
from platforms.interface import ClientConfig


def once(platform: str, config: ClientConfig) -> Calls:
    policy = RetryPolicy(attempts=1)
    return Calls(platform, config, governor=Governor(), policy=policy, sleep=lambda _: None)
