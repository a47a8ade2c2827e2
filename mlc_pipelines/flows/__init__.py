"""The way of a record: land, map, deliver, tie out. Knows nothing of Dagster and of no vendor."""
