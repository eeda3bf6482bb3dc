"""The lamps of colleagues: what their phones do, as the PBX tells whoever asks.

- `facts`         what is known of one phone, and what its lamp shows of it
- `resourcelist`  all of them by one subscription, where the PBX keeps a list (RFC 4662)
- `watching`      which are watched, and what the PBX tells of each

A lamp never shows "free" but on somebody's word.
"""
