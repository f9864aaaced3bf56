"""Calls to other people's servers: durable, tried again, logged, and never into our own network."""
