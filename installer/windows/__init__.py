"""The installer for Windows, by NSIS."""
