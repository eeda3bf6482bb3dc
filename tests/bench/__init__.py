"""Measurements of what the program must do fast; no test, since a busy machine is no fault."""
