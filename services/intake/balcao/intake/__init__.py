"""The intake service: everything that comes in, kept until it is accounted for."""
