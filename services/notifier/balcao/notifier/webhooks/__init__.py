"""Webhooks: facts told to servers of the company's own."""
