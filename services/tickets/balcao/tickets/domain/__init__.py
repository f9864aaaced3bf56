"""The rules: values in, values and facts out. No I/O, no clock."""
