"""Benches: one file per figure that is published."""
