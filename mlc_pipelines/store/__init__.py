"""What the project remembers: state in Postgres (tables, migrations, locks), rows in Parquet (snapshots)."""
