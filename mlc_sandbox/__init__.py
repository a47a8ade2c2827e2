"""Real HTTP servers on loopback that stand in for the ERPs and for Anaplan: for tests, the demo and benchmarks."""
