"""Which of two readings of one slot stands: the one held, or the one just sent.

Within one provider the later update stands, whatever its quality. Between providers the higher quality
stands, then the later update. A person's correction outranks all until it is withdrawn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """What n slots hold, or what was sent for them.

    Args:
        micro: Values, int64, shape (n,); meaningless where there is none.
        quality: Quality bytes, shape (n,); rank `ABSENT` = nothing held, nothing sent.
        provider: Number that is the same for sources of one provider, int64, shape (n,).
        update_ms: When the provider last touched the reading, ms since the epoch, int64, shape (n,).
    """

    micro: NDArray[np.int64]
    quality: NDArray[np.uint8]
    provider: NDArray[np.int64]
    update_ms: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of each slot; the first four are disjoint, and all false where nothing was sent.

    Args:
        added: Nothing was held; what was sent stands.
        changed: What was sent replaces another value or quality.
        unchanged: The same value and quality were held.
        outranked: What was sent differs and does not stand.
        confirmed: Among the unchanged: the same provider says it again with a later update, so that an
            update between the two, arriving late, does not win.
    """

    added: NDArray[np.bool_]
    changed: NDArray[np.bool_]
    unchanged: NDArray[np.bool_]
    outranked: NDArray[np.bool_]
    confirmed: NDArray[np.bool_]

    @property
    def taken(self) -> NDArray[np.bool_]:
        """Where what was sent stands."""
        return self.added | self.changed


def decide(held: Slots, sent: Slots) -> Decision:
    """Decide slot by slot; see the head of this file."""
    was_sent = (sent.quality & q.RANK_MASK) != q.ABSENT
    was_held = (held.quality & q.RANK_MASK) != q.ABSENT
    valueless = ~q.has_value(sent.quality)
    same = (held.quality == sent.quality) & (valueless | (held.micro == sent.micro))
    both = was_sent & was_held
    wins = both & ~same & _outranks(held, sent)
    unchanged = both & same
    later = (sent.update_ms > held.update_ms) & (sent.provider == held.provider)
    return Decision(
        added=was_sent & ~was_held,
        changed=wins,
        unchanged=unchanged,
        outranked=both & ~same & ~wins,
        confirmed=unchanged & later,
    )


def _outranks(held: Slots, sent: Slots) -> NDArray[np.bool_]:
    # At the same time of update the one that arrives later stands.
    later = sent.update_ms >= held.update_ms
    held_rank, sent_rank = held.quality & q.RANK_MASK, sent.quality & q.RANK_MASK
    between = (sent_rank < held_rank) | ((sent_rank == held_rank) & later)
    by_provider = np.where(sent.provider == held.provider, later, between)
    held_by_hand, sent_by_hand = held.quality & q.CORRECTED != 0, sent.quality & q.CORRECTED != 0
    return np.where(held_by_hand | sent_by_hand, sent_by_hand & (~held_by_hand | later), by_provider)
