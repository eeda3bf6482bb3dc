"""The Debian package, of the bundle and of Debian's own tools."""
