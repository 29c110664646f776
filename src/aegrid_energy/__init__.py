"""Aegrid Energy: readings, waste, money, carbon and safe control for portfolios of buildings."""

__version__ = "0.1.0"
