"""Under /a/<slug>/."""

from __future__ import annotations

from django.urls import path

from optimization.views import ab_tests, automation, budgets, pacing, runs, self_tests

urlpatterns = [
    path("ab-tests/", ab_tests.ab_tests, name="ab_tests"),
    path("ab-tests/new/", ab_tests.ab_test_new, name="ab_test_new"),
    path("ab-tests/plan/", ab_tests.ab_test_plan, name="ab_test_plan"),
    path("ab-tests/self-test/", self_tests.self_test_ask, name="self_test_ask"),
    path("ab-tests/<int:pk>/", ab_tests.ab_test, name="ab_test"),
    path("ab-tests/<int:pk>/run/", ab_tests.ab_test_run, name="ab_test_run"),
    path("ab-tests/<int:pk>/stop/", ab_tests.ab_test_stop, name="ab_test_stop"),
    path("ab-tests/<int:pk>/pause-losers/", ab_tests.losers_pause, name="ab_test_pause_losers"),
    path("decisions/<int:pk>/<slug:act>/", ab_tests.decision_act, name="decision_act"),
    path("optimisation/", budgets.optimisation, name="optimisation"),
    path("optimisation/propose/", budgets.propose, name="rebalance_propose"),
    path("optimisation/<int:pk>/apply/", budgets.rebalance_apply, name="rebalance_apply"),
    path("optimisation/<int:pk>/undo/", budgets.rebalance_undo, name="rebalance_undo"),
    path("optimisation/<int:pk>/dismiss/", budgets.rebalance_dismiss, name="rebalance_dismiss"),
    path("pacing/", pacing.pacing, name="pacing"),
    path("pacing/new/", pacing.pacing_new, name="pacing_new"),
    path("pacing/<int:pk>/end/", pacing.pacing_end, name="pacing_end"),
    path("runs/", runs.runs, name="runs"),
    path("runs/now/", runs.run_now, name="run_now"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<slug:kind>/", runs.worker, name="worker"),
    path("automation/", automation.automation, name="automation"),
    path("automation/modes/", automation.modes_set, name="modes_set"),
    path("automation/proof/", automation.proof_set, name="proof_set"),
]
