"""Energy Data Ingestion: files and messages become checked readings. Pure: bytes in, records out."""
