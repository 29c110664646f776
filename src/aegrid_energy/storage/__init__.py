"""SQL, one file per noun: everything that is kept, in PostgreSQL."""
