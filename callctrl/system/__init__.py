"""The program at home on a PC: what the desktop does with it while it does not run.

- `program`: how this very program is started again.
- `autostart`: whether it is started at log-in.
- `linkhandlers`: who opens links to telephone numbers.

The desktop remembers all of this, and other programs change it, too. So nothing of it is kept
here: whoever wants to know asks, and is told what is so now. There is one implementation for
desktops that follow freedesktop.org's specifications, one for Windows, and one for all others,
where nothing can be done. Below them lie `xdg` (where such a desktop keeps its files),
`desktopentry` and `mimeapps` (what is in them), and `registry` (the part of `winreg` in use).
"""
