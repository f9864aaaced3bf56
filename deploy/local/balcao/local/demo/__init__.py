"""Balcão doing its main job for an onlooker: a demo company, real mails, real requests, each step told and timed."""
