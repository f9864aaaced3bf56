"""The HTTP API of `tickets`: parse, call the desk, render."""
