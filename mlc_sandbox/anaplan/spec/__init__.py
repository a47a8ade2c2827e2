"""How a sample Anaplan model is declared."""
