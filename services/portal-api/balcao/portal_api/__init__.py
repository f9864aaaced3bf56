"""The one door: accounts, sessions, the JSON API, and the desk and portal pages. Owns no ticket and no task."""
