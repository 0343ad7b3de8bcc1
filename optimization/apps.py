from django.apps import AppConfig


class OptimizationConfig(AppConfig):
    name = "optimization"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from campaigns.overview import activity, attention, verdict_sources, winner_sources
        from campaigns.restoring.restore import register_restored
        from campaigns.spend import policy
        from optimization.attention import off_course, proposals, rebalances, verdicts
        from optimization.decided_tests import decided_tests
        from optimization.decisions import mark_undone
        from optimization.pacing.plans import steering_plans
        from optimization.selectors import winner_ad_ids
        from optimization.worker_runs.activity import run_items

        register_restored(mark_undone)
        winner_sources.register_winner_source(winner_ad_ids)
        verdict_sources.register_verdict_source(decided_tests)
        activity.register(run_items)
        policy.register_part(steering_plans)
        for source in (proposals, rebalances, verdicts, off_course):
            attention.register(source)
