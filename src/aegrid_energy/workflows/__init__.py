"""Workflows: read from storage, call an engine, store, announce. One verb phrase per file."""
