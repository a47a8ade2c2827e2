"""Keeps Anaplan planning models and ERP ledgers in agreement."""
