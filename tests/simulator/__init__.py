"""Tests of the simulator. A package, so that its modules can share `peer`."""
