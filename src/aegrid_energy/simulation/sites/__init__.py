"""The simulated sites, one file each; `SITES` is the whole list."""

from typing import Final

from aegrid_energy.simulation.register import SiteDesign
from aegrid_energy.simulation.sites import (
    aquatic_centre,
    depot,
    engineering_building,
    library,
    street_lights,
    town_hall,
)

SITES: Final[tuple[SiteDesign, ...]] = (
    town_hall.DESIGN,
    aquatic_centre.DESIGN,
    library.DESIGN,
    depot.DESIGN,
    street_lights.DESIGN,
    engineering_building.DESIGN,
)
