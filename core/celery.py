"""The Celery app and the default timetable. Apps use `shared_task`, never this module.

Beat runs in real time; each entry starts what is due by market time. At every start
django-celery-beat writes these entries to its table: an interval that was edited in the admin is
reset to the value here, while `enabled` is not changed.
"""

from __future__ import annotations

from celery import Celery
from kombu import Exchange, Queue

from core import lanes

app = Celery("adsengine")
app.config_from_object("django.conf:settings", namespace="CELERY")
# A worker that is started without -Q serves every queue.
app.conf.task_queues = [Queue(name, Exchange(name), routing_key=name) for name in lanes.QUEUES]
# A job's message names its lane's queue itself; the rest are the timetable's tasks.
app.conf.task_routes = {
    "adsengine.jobs.run_job": {"queue": lanes.queue_of(lanes.DEFAULT)},
    "*": {"queue": lanes.TIMETABLE},
}
app.autodiscover_tasks()
app.autodiscover_tasks(["core"], related_name="jobs")

app.conf.beat_schedule = {
    "sweep jobs": {"task": "adsengine.jobs.sweep", "schedule": 20.0},
    "mail incidents": {"task": "core.tasks.mail_incidents", "schedule": 60.0},
    "sync accounts that are due": {"task": "campaigns.tasks.sync_due_accounts", "schedule": 30.0},
    "check accounts": {"task": "campaigns.tasks.check_accounts", "schedule": 300.0},
    "resume publishing": {"task": "campaigns.tasks.resume_publishing", "schedule": 60.0},
    "send reports that are due": {"task": "campaigns.tasks.send_due_reports", "schedule": 60.0},
    "optimize all campaigns": {
        "task": "optimization.tasks.optimize_all_campaigns",
        "schedule": 30.0,
    },
    "rebalance budgets": {"task": "optimization.tasks.rebalance_budgets", "schedule": 30.0},
    "watch pacing": {"task": "optimization.tasks.watch_pacing", "schedule": 300.0},
    "score predictions": {"task": "optimization.tasks.score_predictions", "schedule": 600.0},
}
