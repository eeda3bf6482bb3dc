"""The program without a screen, on plain asyncio: for administrators, scripts and tests.

`programs` are what the command line runs, `words` what they print, `verbs` what they understand
and `lines` how they hear it. Sentences are English here, as the rest of the command line.
"""
