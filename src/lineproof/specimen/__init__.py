"""Synthetic people and specimen documents, drawn by code, for the demonstration and the tests."""
