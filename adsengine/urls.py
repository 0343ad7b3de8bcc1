"""Routes of the whole site: accounts, admin, API and the pages of each app."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import views as auth
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from adsengine import sign_in, views
from adsengine.accounts import passwords
from campaigns.views import creatives
from core.action_labels import signed_out_form

# Resolved on each request: hashed names of static files are known only after collectstatic.
_favicon = lazy(static, str)("img/favicon.svg")

accounts = [
    path(
        "login/",
        sign_in.SignIn.as_view(),
        name="login",
    ),
    path("signed-in/", sign_in.signed_in_page, name="signed_in"),
    path(
        "logout/",
        signed_out_form("sign out", can_spend=False)(auth.LogoutView.as_view()),
        name="logout",
    ),
    path(
        "password/",
        signed_out_form("change your password", can_spend=False)(
            passwords.PasswordChange.as_view()
        ),
        name="password_change",
    ),
    path(
        "password/done/",
        auth.PasswordChangeDoneView.as_view(template_name="accounts/password_changed.html"),
        name="password_change_done",
    ),
    path(
        "password-reset/",
        passwords.PasswordResetRequest.as_view(),
        name="password_reset",
    ),
    path(
        "password-reset/sent/",
        auth.PasswordResetDoneView.as_view(template_name="accounts/password_reset_sent.html"),
        name="password_reset_done",
    ),
    path(
        "password-reset/<uidb64>/<token>/",
        passwords.PasswordResetConfirm.as_view(),
        name="password_reset_confirm",
    ),
    path(
        "password-reset/done/",
        auth.PasswordResetCompleteView.as_view(template_name="accounts/password_changed.html"),
        name="password_reset_complete",
    ),
]

handler400 = views.bad_request

urlpatterns = [
    path("", views.home, name="home"),
    path("playing/", views.playing, name="playing"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("favicon.ico", RedirectView.as_view(url=_favicon), name="favicon"),
    path("accounts/", include(accounts)),
    path("admin/", admin.site.urls),
    path("media/assets/<int:pk>/", creatives.asset, name="asset"),
    path("media/assets/<int:pk>/poster/", creatives.asset_poster, name="asset_poster"),
    path("api/v1/", include("adsengine.api.urls")),
    path("a/<slug:slug>/", include("campaigns.urls")),
    path("a/<slug:slug>/", include("platforms.urls")),
    path("a/<slug:slug>/", include("agents.urls")),
    path("a/<slug:slug>/", include("optimization.urls")),
]
