"""What changed in the ERP since it was asked last, and which periods that touches."""
