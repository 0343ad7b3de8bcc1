"""Random numbers that depend only on their names, not on the order of the calls."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = (np.uint64(bits) for bits in (30, 27, 31, 11))
_LARGE_MEAN = 40.0


@lru_cache(maxsize=200_000)
def key(*names: object) -> int:
    """A 64-bit hash of these names."""
    text = "\x1f".join(str(name) for name in names)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def uniform(*names: object) -> float:
    """One number in (0, 1)."""
    return (key(*names) + 0.5) / 2**64


@lru_cache(maxsize=200_000)
def normal(*names: object) -> float:
    return NormalDist().inv_cdf(min(max(uniform(*names), 1e-12), 1 - 1e-12))


def derive_keys(keys: Keys, stream: int) -> Keys:
    """A new independent key for each key (the finaliser of SplitMix64)."""
    z = keys + _increment(stream)  # unsigned arrays overflow silently, as intended
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return np.asarray(z ^ (z >> _S31), dtype=np.uint64)


@lru_cache(maxsize=4096)
def _increment(stream: int) -> np.uint64:
    return np.uint64(_GOLDEN * (stream + 1) & 0xFFFFFFFFFFFFFFFF)


def uniforms(keys: Keys, stream: int) -> Floats:
    """Numbers in (0, 1), one per key."""
    bits = derive_keys(keys, stream) >> _S11
    return (bits.astype(np.float64) + 0.5) / 2**53


def normals(keys: Keys, stream: int) -> Floats:
    radius = np.sqrt(-2.0 * np.log(uniforms(keys, 2 * stream + 1_000)))
    angle = 2.0 * np.pi * uniforms(keys, 2 * stream + 1_001)
    return np.asarray(radius * np.cos(angle), dtype=np.float64)


def poissons(mean: Floats, keys: Keys, stream: int) -> Ints:
    """Counts with these means: exact inversion when small, rounded normal when large."""
    large = np.rint(mean + np.sqrt(mean) * normals(keys, stream))
    small = _invert_poisson(np.minimum(mean, _LARGE_MEAN), uniforms(keys, stream + 500))
    counts = np.where(mean > _LARGE_MEAN, np.maximum(large, 0.0), small)
    return counts.astype(np.int64)


def _invert_poisson(mean: Floats, chance: Floats) -> Floats:
    count = np.zeros_like(mean)
    term = np.exp(-mean)
    reached = term.copy()
    for step in range(1, 121):
        missing = chance > reached
        if not missing.any():
            break
        count += missing
        term = term * mean / step
        reached = reached + term
    return count
