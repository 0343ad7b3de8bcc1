from django.apps import AppConfig


class AgentsConfig(AppConfig):
    name = "agents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from agents.attention import plans
        from agents.setup import steps
        from campaigns.overview import attention, setup

        attention.register(plans)
        setup.register(steps)
