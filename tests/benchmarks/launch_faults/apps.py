"""A Django app for the benchmark's processes only: shorter times, and workers that freeze."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings


class LaunchFaultsConfig(AppConfig):
    name = "tests.benchmarks.launch_faults"
    label = "launch_faults"

    def ready(self) -> None:
        from tests.benchmarks.launch_faults import freezing, scaling

        scaling.divide_times(settings.DIVISOR)
        freezing.install()
