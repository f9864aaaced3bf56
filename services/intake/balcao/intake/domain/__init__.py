"""What a mail means: pure functions from bytes to facts. No I/O and no clock here."""
