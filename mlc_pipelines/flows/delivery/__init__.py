"""Deliver: a snapshot mapped to rows of the model, sent once, every row accounted for."""
