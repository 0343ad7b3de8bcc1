from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """The project package: it has no models. The label `adsengine` is that of core."""

    name = "adsengine"
    label = "adsengine_project"
