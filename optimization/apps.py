from django.apps import AppConfig


class OptimizationConfig(AppConfig):
    name = "optimization"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from campaigns.overview import activity, attention, winner_sources
        from optimization.attention import off_course, proposals, rebalances, verdicts
        from optimization.runs.activity import passes
        from optimization.selectors import winner_ad_ids

        winner_sources.register(winner_ad_ids)
        activity.register(passes)
        for source in (proposals, rebalances, verdicts, off_course):
            attention.register(source)
