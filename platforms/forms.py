"""One form per platform to connect an account. Secrets are accepted and never shown again."""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from platforms.models import Platform
from platforms.services import OPTIONAL_SECRETS, OPTIONS, SECRETS

_LABELS = {
    "client_id": "Client id",
    "client_secret": "Client secret",
    "refresh_token": "Refresh token",
    "access_token": "Access token",
    "app_secret": "App secret",
    "login_customer_id": "Manager account id",
    "page_id": "Page id",
    "pixel_id": "Pixel id",
    "identity_id": "Identity id",
    "identity_type": "Identity type",
    "identity_authorized_bc_id": "Business Center id (for BC_AUTH_TT)",
}
_ID_LABELS = {"google": "Customer id", "meta": "Ad account id", "tiktok": "Advertiser id"}
_ID_HINTS = {
    "google": "Ten digits, with or without dashes: 123-456-7890.",
    "meta": "The digits after act_.",
    "tiktok": "Digits only.",
}


class ConnectForm(forms.Form):
    """The account's id, then the platform's secrets, then its options."""

    external_id = forms.CharField(max_length=64)

    def __init__(self, platform: str, data: QueryDict | None = None) -> None:
        # Three forms share one page, so each needs its own field names and ids.
        super().__init__(data, prefix=platform)
        self.platform = platform
        self.platform_name = str(Platform(platform).label)
        self.fields["external_id"].label = _ID_LABELS[platform]
        self.fields["external_id"].help_text = _ID_HINTS[platform]
        for name in SECRETS[platform]:
            self.fields[name] = _secret(name, name not in OPTIONAL_SECRETS.get(platform, ()))
        for name in OPTIONS[platform]:
            self.fields[name] = forms.CharField(label=_LABELS[name], required=False, max_length=200)

    def _values(self, names: tuple[str, ...]) -> dict[str, str]:
        return {name: self.cleaned_data.get(name, "") for name in names}

    @property
    def secrets(self) -> dict[str, str]:
        return self._values(SECRETS[self.platform])

    @property
    def options(self) -> dict[str, str]:
        return self._values(OPTIONS[self.platform])


def _secret(name: str, required: bool) -> forms.CharField:
    # render_value=False: the typed secret is not sent back, even when the form has errors.
    widget = forms.PasswordInput(
        render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"}
    )
    return forms.CharField(label=_LABELS[name], widget=widget, required=required, max_length=4000)


def connect_forms() -> list[ConnectForm]:
    return [ConnectForm(platform) for platform in SECRETS]
