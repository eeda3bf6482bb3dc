"""A password store in memory, found by keyring as any other is."""

from __future__ import annotations

from keyring.backend import KeyringBackend

__all__ = ["Kept"]


class Kept(KeyringBackend):
    """Keeps passwords until the program ends."""

    priority = 5.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._passwords: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._passwords.pop((service, username), None)
