"""A Django app for the benchmark's processes only: shorter times, and workers that freeze."""

from __future__ import annotations

from django.apps import AppConfig


class LaunchFaultsConfig(AppConfig):
    name = "tests.benchmarks.launch_faults"
    label = "launch_faults"

    def ready(self) -> None:
        from tests.benchmarks.launch_faults import freezing, scaling

        scaling.divide_times(scaling.divisor_of_times())
        freezing.install()
