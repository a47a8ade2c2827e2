"""What the product does with records, a room for each part of their way. Knows nothing of Dagster and of no vendor.

`landing`: from the ERP, or from an export of the model, to a snapshot. `delivery`: from a snapshot into the model.
`tie_out`: the ERP's totals against what was landed, sent and accepted. `monitoring`: what people are told.

`period_run` does all of it for one tenant and period, `round_trip` says in which order, `runtime` opens the parts.
"""
