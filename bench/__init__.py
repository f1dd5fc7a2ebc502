"""Measurements, each a runnable module that prints a ratio against a named peer or limit."""
