"""Keeping an account: its password and its settings, so that a failure loses neither."""

from __future__ import annotations

import logging
from dataclasses import replace

from callctrl.accounts import Account
from callctrl.store.passwords import Passwords, PasswordStoreError, service_name
from callctrl.store.settings import Paths, Settings, save

__all__ = ["keep_account"]

_log = logging.getLogger(__name__)


async def keep_account(
    account: Account, password: str, *, paths: Paths, settings: Settings, passwords: Passwords
) -> Settings:
    """Keep the password, then the settings, then forget the entry of an account replaced.

    The settings as they are now. Raises PasswordStoreError, ValueError or OSError; what was kept
    before is still there then.
    """
    await passwords.set(account, password)
    kept = replace(settings, account=account)
    save(paths, kept)
    old = settings.account
    if old is not None and service_name(old) != service_name(account):
        try:
            await passwords.delete(old)
        except PasswordStoreError as error:
            _log.warning("the password of the old account stays: %s", error)
    return kept
