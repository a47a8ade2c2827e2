"""The ERPs: what all have in common, the catalogue, and one package per ERP."""
