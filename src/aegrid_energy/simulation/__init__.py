"""A simulated council and university building: physics, meters and planted faults, deterministic by seed."""
