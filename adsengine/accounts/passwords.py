"""Pages about passwords. A new password ends every other session of the person by itself: Django's
sessions hold a hash of it. API tokens go on unless the person ends them too."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordChangeForm, PasswordResetForm, SetPasswordForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from adsengine.accounts.lockout import too_often
from adsengine.accounts.reset_mail import request_reset_mail
from core.models import Actor, AuditAction, User, record
from core.throttling.address import client_address
from core.throttling.attempts import OLD_PASSWORDS, RESET_MAILS, RESET_MAILS_TO


class _EndsTokens(forms.Form):
    """Offers to end the person's API tokens, where there are any."""

    user: User
    end_tokens = forms.BooleanField(
        required=False,
        help_text="Programs that use them lose access at once. Other sign-ins end in any case.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        count = self.user.api_tokens.count()
        self.fields["end_tokens"].label = f"End my API tokens too ({count})"
        if not count:
            del self.fields["end_tokens"]

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        saved: User = super().save(commit)  # type: ignore[misc]
        if self.cleaned_data.get("end_tokens"):
            for token in saved.api_tokens.all():
                actor = Actor.person(saved)
                record(actor, AuditAction.REVOKE_API_TOKEN, token, advertiser=None)
                token.delete()
        return saved


class ChangeForm(_EndsTokens, PasswordChangeForm):
    field_order = ["old_password", "new_password1", "new_password2", "end_tokens"]


class ResetForm(_EndsTokens, SetPasswordForm):  # type: ignore[type-arg]
    field_order = ["new_password1", "new_password2", "end_tokens"]


class PasswordChange(views.PasswordChangeView):
    form_class = ChangeForm
    template_name = "accounts/password_change.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wait = OLD_PASSWORDS.wait(str(request.user.pk))
        if wait:
            return too_often(request, "A change of the password", wait)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: PasswordChangeForm) -> HttpResponse:
        if "old_password" in form.errors:
            OLD_PASSWORDS.take(str(self.request.user.pk))
        return super().form_invalid(form)


class PasswordResetRequest(views.PasswordResetView):
    template_name = "accounts/password_reset.html"

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        email: str = form.cleaned_data["email"]
        wait = RESET_MAILS.take(client_address(self.request))
        wait = wait or RESET_MAILS_TO.take(email.casefold())
        if wait:
            return too_often(self.request, "A link for a new password", wait)
        request_reset_mail(email, domain=self.request.get_host(), https=self.request.is_secure())
        return redirect(self.get_success_url())


class PasswordResetConfirm(views.PasswordResetConfirmView):
    form_class = ResetForm
    template_name = "accounts/password_set.html"
