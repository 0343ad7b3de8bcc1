from __future__ import annotations

import hashlib
from typing import Any

from django.core.files.base import ContentFile, File
from django.db import IntegrityError, transaction
from django.db.models.fields.files import FieldFile

from campaigns.models import Asset


def save_once(asset: Asset) -> Asset:
    """The new asset, whose files are in place; or the one that somebody kept of the same content a
    moment ago, and then the files are taken away again."""
    try:
        with transaction.atomic():
            asset.save()
    except IntegrityError:
        for kept in (asset.file, asset.poster):
            if kept:
                kept.delete(save=False)
        return Asset.objects.get(advertiser=asset.advertiser, sha256=asset.sha256)
    return asset


def mend(asset: Asset, content: File[bytes], poster: bytes = b"") -> Asset:
    """The asset, whose content was sent again: what has gone from disk meanwhile, or is not what
    was kept, is put back. A plan with another poster than the new one has to be made again."""
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
    for kept, before in broken:
        if kept.name != before:
            kept.storage.delete(before)
    return asset


def _is_whole(kept: FieldFile, sha256: str) -> bool:
    try:
        with kept.storage.open(str(kept.name), "rb") as file:
            content: Any = file
            return hashlib.file_digest(content, "sha256").hexdigest() == sha256
    except OSError:
        return False
