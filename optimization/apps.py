from django.apps import AppConfig


class OptimizationConfig(AppConfig):
    name = "optimization"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from campaigns import badges
        from optimization.selectors import winner_ad_ids

        badges.register(winner_ad_ids)
