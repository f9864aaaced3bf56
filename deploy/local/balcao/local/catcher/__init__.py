"""A mail server that keeps what it is sent, to be looked at by people and tests."""
