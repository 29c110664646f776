"""Models of what a meter normally does, by name; the first that fits the data answers.

Adding one: a file here, a line below, a test beside the others.
"""

from collections.abc import Mapping
from typing import Final

from aegrid_energy.analytics.models.answer import Expectation, NormalModel
from aegrid_energy.analytics.models.normal_band import NormalBand

MODELS: Final[Mapping[str, type[NormalModel]]] = {
    "normal_band": NormalBand,
}

__all__ = ["MODELS", "Expectation", "NormalBand", "NormalModel"]
