"""Trackers elsewhere: what they tell us moves tasks, what happens to tasks is told to them."""
