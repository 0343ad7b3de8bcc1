"""Stores an asset's files once per content, and restores files that are missing or damaged."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.files.base import ContentFile, File
from django.db import IntegrityError, transaction
from django.db.models.fields.files import FieldFile

from campaigns.models import Asset


def save_once(asset: Asset) -> Asset:
    """The new asset. If one with the same content was stored concurrently, that one is returned and
    the new files are deleted."""
    try:
        with transaction.atomic():
            asset.save()
    except IntegrityError:
        for stored in (asset.file, asset.poster):
            if stored:
                stored.delete(save=False)
        return Asset.objects.get(advertiser=asset.advertiser, sha256=asset.sha256)
    return asset


def restore_files(asset: Asset, content: File[bytes], poster: bytes = b"") -> Asset:
    """The asset, whose content was sent again: what has gone from disk meanwhile, or is not what
    was stored, is put back. A plan with another poster than the new one has to be made again."""
    broken: list[tuple[FieldFile, str]] = []
    if not _is_whole(asset.file, asset.sha256):
        broken.append((asset.file, str(asset.file.name)))
        content.seek(0)
        asset.file.save(asset.name, content, save=False)
    if poster and not _is_whole(asset.poster, asset.poster_sha256):
        broken.append((asset.poster, str(asset.poster.name)))
        asset.poster.save("poster.jpg", ContentFile(poster), save=False)
        asset.poster_sha256 = hashlib.sha256(poster).hexdigest()
    if broken:
        asset.save(update_fields=["file", "poster", "poster_sha256"])
    for stored, before in broken:
        if stored.name != before:
            stored.storage.delete(before)
    return asset


def _is_whole(stored: FieldFile, sha256: str) -> bool:
    try:
        with stored.storage.open(str(stored.name), "rb") as file:
            content: Any = file
            return hashlib.file_digest(content, "sha256").hexdigest() == sha256
    except OSError:
        return False
