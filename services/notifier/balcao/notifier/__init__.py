"""Owns what is told to whom, by which way, and whether it arrived."""
