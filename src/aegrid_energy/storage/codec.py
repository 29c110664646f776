"""How a block's slots become bytes and back: fixed width, exact, the same bytes for the same content.

Codec 1 holds unsigned little-endian offsets from the block's smallest value, 1, 2, 4 or 8 bytes each; where
any slot has no value the code of all ones means "no value"; a block without any value has no bytes. Codec 3
holds irregular readings: int64 starts (ms), int64 durations (ms), int64 micro. Everything here works on K
blocks of S slots at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.storage.runs import Ragged, encode_runs

FIXED: Final = 1
IRREGULAR: Final = 3

_WIDTHS: Final = (0, 1, 2, 4, 8)
_CODES: Final = {1: np.dtype("u1"), 2: np.dtype("<u2"), 4: np.dtype("<u4"), 8: np.dtype("<u8")}
QUALITY_RUN: Final = np.dtype([("n", "<u2"), ("v", "u1")])
SOURCE_RUN: Final = np.dtype([("n", "<u2"), ("v", "<i4")])


@dataclass(frozen=True, slots=True)
class Payload:
    """The codes of the blocks of one width.

    Args:
        rows: Which of the K blocks, shape (k,).
        data: Their bytes, uint8, shape (k, S * width).
    """

    rows: NDArray[np.intp]
    data: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """K blocks as they are stored; statistics in units of 10^-scale_exp over the slots with a value."""

    vmin: NDArray[np.int64]
    vmax: NDArray[np.int64]
    vsum: NDArray[np.int64]
    vlast: NDArray[np.int64]
    #: Slot of the last value, -1 where none.
    t_last: NDArray[np.int64]
    n_valid: NDArray[np.int64]
    scale_exp: NDArray[np.int64]
    payloads: tuple[Payload, ...]
    flags: Ragged
    sources: Ragged


def encode(
    micro: NDArray[np.int64],
    quality: NDArray[np.uint8],
    source: NDArray[np.int32] | int,
    *,
    preferred_exp: int,
) -> Encoded:
    """Encode blocks.

    Args:
        micro: Values, int64, shape (K, S); what stands in slots without a value does not matter.
        quality: Quality bytes, shape (K, S).
        source: Number of the source of each slot, shape (K, S), or of all of them.
        preferred_exp: Decimals to try first; a block takes more only where its values need them.
    """
    # Bit 2 is set in exactly the ranks without a value, so "any slot without" is one OR over the row.
    gappy = np.flatnonzero(np.bitwise_or.reduce(quality, axis=1) & q.NULL)
    missing = _without_value(quality[gappy])
    n_missing = np.zeros(len(micro), dtype=np.int64)
    n_missing[gappy] = np.count_nonzero(missing, axis=1)
    micro, filler = _filled(micro, gappy, missing)
    scaled, scale_exp = _scaled(micro, preferred_exp)
    filler //= 10 ** (6 - scale_exp)
    empty = n_missing == micro.shape[1]
    vmin, vmax = scaled.min(axis=1), scaled.max(axis=1)
    slots = micro.shape[1]
    t_last = np.full(len(micro), slots - 1, dtype=np.int64)
    t_last[gappy] = slots - 1 - np.argmin(missing[:, ::-1], axis=1)
    t_last[empty] = -1
    return Encoded(
        vmin=vmin,
        vmax=vmax,
        vsum=scaled.sum(axis=1) - filler * n_missing,
        vlast=np.where(empty, 0, scaled[np.arange(len(micro)), t_last]),
        t_last=t_last,
        n_valid=slots - n_missing,
        scale_exp=scale_exp,
        payloads=_payloads(scaled, vmin, vmax, gappy, missing),
        flags=_flags(quality),
        sources=_sources(quality, source),
    )


def _without_value(quality: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (quality & q.RANK_MASK) >= q.NULL


def _filled(
    micro: NDArray[np.int64], gappy: NDArray[np.intp], missing: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put a value of the block itself where there is none, so that statistics need no mask."""
    filler = np.zeros(len(micro), dtype=np.int64)
    if not len(gappy):
        return micro, filler
    held = micro[gappy]
    first = held[np.arange(len(gappy)), np.argmin(missing, axis=1)]
    filler[gappy] = np.where(missing.all(axis=1), 0, first)
    filled = micro.copy()
    filled[gappy] = np.where(missing, filler[gappy, None], held)
    return filled, filler


def _scaled(micro: NDArray[np.int64], preferred_exp: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    divisor = 10 ** (6 - preferred_exp)
    scale_exp = np.full(len(micro), preferred_exp, dtype=np.int64)
    if divisor == 1:
        return micro, scale_exp
    scaled = micro // divisor
    open_ = np.flatnonzero((scaled * divisor != micro).any(axis=1))
    for exp in range(preferred_exp + 1, 7):
        if not len(open_):
            break
        divisor = 10 ** (6 - exp)
        values = micro[open_] // divisor
        exact = (values * divisor == micro[open_]).all(axis=1)
        scaled[open_[exact]] = values[exact]
        scale_exp[open_[exact]] = exp
        open_ = open_[~exact]
    return scaled, scale_exp


def _payloads(
    scaled: NDArray[np.int64],
    vmin: NDArray[np.int64],
    vmax: NDArray[np.int64],
    gappy: NDArray[np.intp],
    missing: NDArray[np.bool_],
) -> tuple[Payload, ...]:
    needed = (vmax - vmin).astype(np.uint64)
    needed[gappy] += np.uint64(1)  # the code of all ones is taken
    width = np.array(_WIDTHS[1:])[np.searchsorted([0xFF, 0xFFFF, 0xFFFF_FFFF], needed, side="left")]
    width[gappy[missing.all(axis=1)]] = 0
    place = np.full(len(scaled), -1, dtype=np.intp)
    place[gappy] = np.arange(len(gappy))
    payloads: list[Payload] = []
    for w in _WIDTHS:
        rows = np.flatnonzero(width == w)
        if not len(rows):
            continue
        if w == 0:
            payloads.append(Payload(rows, np.zeros((len(rows), 0), dtype=np.uint8)))
            continue
        values = scaled if len(rows) == len(scaled) else scaled[rows]
        codes = np.empty(values.shape, dtype=_CODES[w])
        np.subtract(values, vmin[rows, None], out=codes, casting="unsafe")
        with_gaps = place[rows] >= 0
        if with_gaps.any():
            part = codes[with_gaps]
            part[missing[place[rows][with_gaps]]] = np.iinfo(_CODES[w]).max
            codes[with_gaps] = part
        payloads.append(Payload(rows, codes.view(np.uint8)))
    return tuple(payloads)


def _flags(quality: NDArray[np.uint8]) -> Ragged:
    """Runs of the quality bytes; empty where values are actual and other slots were never received."""
    usual = ((quality == 0) | (quality == q.ABSENT)).all(axis=1)
    return encode_runs(quality, QUALITY_RUN, skip=usual)


def _sources(quality: NDArray[np.uint8], source: NDArray[np.int32] | int) -> Ragged:
    rows, slots = quality.shape
    if isinstance(source, int):
        one = np.array([(slots, source)], dtype=SOURCE_RUN).tobytes()
        return Ragged(one * rows, np.arange(rows + 1, dtype=np.int64) * len(one))
    # Slots that were never received have no source; they continue their neighbour's run.
    absent = (quality & q.RANK_MASK) == q.ABSENT
    if absent.any():
        at = np.where(absent, -1, np.arange(slots))
        at = np.maximum.accumulate(at, axis=1)
        first = np.argmin(absent, axis=1)[:, None]
        source = np.take_along_axis(source, np.where(at < 0, first, at), axis=1)
        source[absent.all(axis=1)] = 0
    return encode_runs(source, SOURCE_RUN)


def encode_quality_runs(quality: NDArray[np.uint8]) -> bytes:
    """Runs of the quality bytes of any number of slots; empty where all are actual."""
    return encode_runs(quality[None, :], QUALITY_RUN, skip=np.array([not quality.any()])).buffer


def decode_values(
    data: Sequence[bytes],
    slots: int,
    *,
    vmin: NDArray[np.int64],
    scale_exp: NDArray[np.int64],
    n_valid: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
    """Decode the values of K blocks of one step.

    Args:
        data: Payload of each block.
        slots: Slots of each block.
        vmin: As stored, shape (K,).
        scale_exp: As stored, shape (K,).
        n_valid: As stored, shape (K,).

    Returns:
        micro, shape (K, S), 0 where there is no value; and where there is one, shape (K, S), or None where
        every slot of every block has one.
    """
    width = np.fromiter((len(d) for d in data), dtype=np.int64, count=len(data)) // slots
    micro = np.empty((len(data), slots), dtype=np.int64)
    has_gaps = n_valid < slots
    valid = np.ones(micro.shape, dtype=np.bool_) if has_gaps.any() else None
    factor = 10 ** (6 - scale_exp)
    for w in _WIDTHS:
        rows = np.flatnonzero(width == w)
        if not len(rows):
            continue
        if w == 0:
            micro[rows] = 0
            if valid is not None:
                valid[rows] = False
            continue
        whole = len(rows) == len(data)
        codes = np.frombuffer(b"".join(data if whole else [data[i] for i in rows.tolist()]), dtype=_CODES[w])
        codes = codes.reshape(len(rows), slots)
        values = codes.astype(np.int64)
        values += vmin[rows, None]
        values *= factor[rows, None]
        gaps = np.flatnonzero(has_gaps[rows])
        if valid is not None and len(gaps):
            there = codes[gaps] != np.iinfo(_CODES[w]).max
            values[gaps] *= there
            valid[rows[gaps]] = there
        if whole:
            return values, valid
        micro[rows] = values
    return micro, valid


def decode_quality(
    flags: Sequence[bytes], slots: int, valid: NDArray[np.bool_] | None
) -> NDArray[np.uint8] | None:
    """Quality bytes of K blocks, shape (K, S); None where every slot of every block is actual."""
    marked = [i for i, runs in enumerate(flags) if runs]
    if valid is None and not marked:
        return None
    if valid is None:
        quality = np.zeros((len(flags), slots), dtype=np.uint8)
    else:
        quality = np.where(valid, np.uint8(0), np.uint8(q.ABSENT))
    for i in marked:
        runs = np.frombuffer(flags[i], dtype=QUALITY_RUN)
        quality[i] = np.repeat(runs["v"], runs["n"])
    return quality


def decode_sources(sources: Sequence[bytes], slots: int) -> NDArray[np.int32]:
    """Source of each slot of K blocks, shape (K, S); meaningless in slots that were never received."""
    out = np.empty((len(sources), slots), dtype=np.int32)
    for i, raw in enumerate(sources):
        runs = np.frombuffer(raw, dtype=SOURCE_RUN)
        if len(runs) <= 1:
            out[i] = runs["v"][0] if len(runs) else 0
        else:
            out[i] = np.repeat(runs["v"], runs["n"])
    return out


def distinct_sources(sources: Sequence[bytes]) -> NDArray[np.int32]:
    """Every source named in the runs of some blocks, ascending."""
    return np.unique(np.frombuffer(b"".join(sources), dtype=SOURCE_RUN)["v"]).astype(np.int32)
