"""Everything Dagster: partitions, assets, checks, jobs, sensors. Assets are a few lines that call one flow."""
