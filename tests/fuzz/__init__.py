"""What `make fuzz` throws at whatever reads bytes from the network, and what must hold for it.

Each module here has `take(data)`, which fails where something does not hold, and `seeds()`, what
its bytes may look like. `tests/test_fuzz.py` runs them in the suite, `python -m tests.fuzz` for as
long as it is told, guided by coverage.

Nothing is imported here: atheris has to come before what it watches.
"""
