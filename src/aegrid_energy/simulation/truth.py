"""What truly went wrong, for tests to compare with what was found. The application never loads this."""

from aegrid_energy.simulation.faults import Fault, faults_between
from aegrid_energy.simulation.portfolio import SimulatedPortfolio


def truth(simulated: SimulatedPortfolio, start_ms: int, end_ms: int) -> tuple[Fault, ...]:
    """All planted faults that touch a period, by start; none in a clean portfolio.

    Args:
        simulated: The portfolio.
        start_ms: Start of the period, ms since the epoch UTC.
        end_ms: Its end, exclusive.
    """
    return () if simulated.is_clean else faults_between(simulated.seed, start_ms, end_ms)
