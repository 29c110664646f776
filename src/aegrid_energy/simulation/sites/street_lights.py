"""Banksia's street lights: unmetered, billed by inventory, load table and sun."""

from typing import Final

from aegrid_energy.domain.series import Rhythm
from aegrid_energy.simulation.devices import asset, electricity, prices
from aegrid_energy.simulation.frame import ZONE
from aegrid_energy.simulation.register import Signals, SiteDesign, SiteRow
from aegrid_energy.simulation.scene import Scene
from aegrid_energy.simulation.street_lights import Lamps, power_kw

SITE: Final = "CCB-SL"

INVENTORY: Final = (
    Lamps(external_id="CCB-SL-LED17", name="LED 17 W, minor roads", count=1640, watts=17.6),
    Lamps(external_id="CCB-SL-LED47", name="LED 47 W smart, collectors", count=385, watts=48.2, dimmed=0.6),
    Lamps(external_id="CCB-SL-HPS150", name="HPS 150 W, major roads", count=228, watts=171.0),
    Lamps(external_id="CCB-SL-MV80", name="MV 80 W, not yet replaced", count=142, watts=95.8),
)


def signals(stage: Scene) -> Signals:
    """Runs the inventory."""
    power = stage.cut(power_kw(INVENTORY, stage.times, stage.sky.sun))
    return {("CCB-SL-E0", "E1"): power * stage.days.step_h}


DESIGN: Final = SiteDesign(
    site=SiteRow(
        external_id=SITE,
        name="Banksia street lighting",
        portfolio="CCB",
        timezone=ZONE,
        latitude=-37.95,
        longitude=145.15,
        use_type="street_lighting",
    ),
    assets=(
        asset(SITE, "", "site", "Banksia street lighting", use_type="street_lighting"),
        *(
            asset(
                line.external_id,
                SITE,
                "lamps",
                line.name,
                count=line.count,
                lamp_w=line.watts,
                night_share=line.dimmed,
            )
            for line in INVENTORY
        ),
    ),
    meters=(
        electricity(
            "CCB-SL-E0",
            "Unmetered supply",
            suffixes="E1",
            step_s=1800,
            measures=SITE,
            role="boundary",
            nmi="ZZ10000055",
            serial="",
            rhythm=Rhythm.DAILY_FILE,
        ),
    ),
    points=(),
    prices=prices(SITE, electricity_kwh="0.1640"),
    step_s=900,
    signals=signals,
)
