"""Tries the Linux packages where they will live: in a clean Debian system."""
