"""Tickets with their timeline, and the desk's directory."""
