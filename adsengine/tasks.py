"""The module that Celery looks for: it registers the handlers of this package's jobs."""

from adsengine.accounts.reset_mail import send_reset_mail

__all__ = ["send_reset_mail"]
