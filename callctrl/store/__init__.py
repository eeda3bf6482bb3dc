"""What survives a restart.

Four kinds of things, kept apart on purpose:

- `settings`   what a person may read, copy and mend: a TOML file with the account and preferences;
               what an administrator has decided (`administration`) lies below and above it
- `passwords`  what nobody may read: the operating system's password store, and nothing else
- `history`    what grows by itself: a `database` of its own, written as things happen
- `contacts`   who calls and is called: another `database`, with what `search` finds people by

An `Account` says which phone to control and is half of both: its fields lie in the settings, and
its extension, host and port name the entry under which its password lies in the store.

People come from other programs and go to them by files, which this package reads and writes but
does not keep: `vcard`, `csvpeople` with its `columns`, and `peoplefile` for what both come to.

Nothing a person wrote is thrown away. Unknown settings are kept for the newer version that knows
them, and a damaged file is copied beside itself before it is written anew.

Settings are quick and are read and written in place. The password store may wait for a person to
unlock it, so it is asked in a thread and awaited. A database waits for the disk at each change, so
each lives in a worker's thread.
"""
