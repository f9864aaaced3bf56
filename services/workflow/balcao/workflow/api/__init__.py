"""The HTTP door of `workflow`, for the team only. One module per noun: each parses, asks, renders."""
