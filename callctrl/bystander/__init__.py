"""A desk at any SIP PBX: a phone that is watched, and calls that the PBX places for it.

- `engine`          the subscriptions that tell of the phone, and whether the PBX is there
- `ownphone`        its calls, as the reports add up
- `aside`           what else a PBX may tell, or may not: `presence` and `mailbox`
- `placing`         the calls that the PBX places for us, one at a time
- `thirdpartycall`  one of them, from the click until the two talk

Plain SIP tells a third party what a phone does, and lets nobody but its owner steer it.
"""
