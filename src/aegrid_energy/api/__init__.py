"""HTTP and WebSocket doors: thin, one file per resource of the specification."""
