"""Benchmarks: `make bench`. They print and never assert; what they compare with is measured in the same run."""
