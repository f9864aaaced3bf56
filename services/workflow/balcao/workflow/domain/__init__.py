"""The rules of production work: values in, values and facts out. No I/O, no clock."""
