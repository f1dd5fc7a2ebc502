"""Lineproof registers telecommunication lines in the name of the people who hold them."""
