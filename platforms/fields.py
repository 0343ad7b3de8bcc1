"""A text column that is encrypted at rest."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    return _cipher(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    """Raises ImproperlyConfigured on a wrong key; never returns ciphertext as the value."""
    try:
        return _cipher(tuple(settings.FIELD_KEYS)).decrypt(text.encode()).decode()
    except InvalidToken:
        raise ImproperlyConfigured(
            "A stored token cannot be decrypted: ADSENGINE_FIELD_KEYS lacks the key it was "
            "encrypted with. Add the old key at the end of the list."
        ) from None


class EncryptedJSONField(models.TextField):  # type: ignore[type-arg]
    """A JSON object, encrypted with the newest of ADSENGINE_FIELD_KEYS."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> str:
        return encrypt(json.dumps(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else json.loads(decrypt(value))
