"""The agents app; registers its part of the overview."""

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    name = "agents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from agents.attention import plans
        from agents.onboarding import steps
        from campaigns.overview import attention, onboarding

        attention.register(plans)
        onboarding.register(steps)
