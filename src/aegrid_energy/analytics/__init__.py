"""Energy Analytics Engine: pure functions from readings to figures. No database, web, clock or settings."""
