"""Rules of the door: who may come in, what they may see. No I/O, no clock."""
