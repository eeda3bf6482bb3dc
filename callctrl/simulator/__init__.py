"""An SPA9000 with a SPA9xx phone behind it: the other end of the wire.

It is an independent witness. It is built from the protocol notes and the captures in them, never
from the client, and shares with it only the grammar and the transactions of `callctrl.sip`; it
computes the digest, writes the status and reads the controls with code of its own. So a mistake
made in both places would have to be made twice.

`Spa9000` is an engine of six methods, like the client's session: datagrams, instants and knobs go
in, packets, events and a deadline come out. It never reads a clock, and all it makes up comes from
the `Random` it is given, so that a conversation can be had again. Read, in this order:

- `config`        who the devices are, and every knob
- `phonexml`      what the phone writes and reads
- `phone`         one desk phone: its calls as a machine
- `registrar`     challenges and bindings
- `subscription`  who watches, and the NOTIFYs they get
- `crooked`       the slips and hostile datagrams it can be told to send
- `answers`       responses, with the headers in the device's order
- `spa9000`       the engine that ties these together; `events` are what it tells
- `network`       a wrapper round the engine that loses, delays, doubles and reorders
- `webadmin`      the devices' web pages, pure; `webserver` puts them on a socket
- `verbs`         what every console has, and `console` its own commands by hand
- `scenarios`     scripts of such commands
- `program`       all of it on sockets, as `callctrl simulate`
- `pbx`           any SIP PBX with colleagues, a package with a docstring of its own

Labels in the comments are those of docs/protocol.md, and tell what is known of the devices from
what is chosen: S is the vendor's article point by point, B, C and F are facts and captures, E open
questions.
"""

from callctrl.simulator.config import Config, Extension, FarEnd, Masking, NotifyForm
from callctrl.simulator.console import Console
from callctrl.simulator.events import Event
from callctrl.simulator.network import Network, Weather
from callctrl.simulator.scenarios import (
    ORDERS,
    PBX_SCENARIOS,
    PEOPLE,
    SCENARIOS,
    Player,
    Someone,
    Step,
)
from callctrl.simulator.spa9000 import Spa9000
from callctrl.simulator.webadmin import Device, WebAnswer, WebRequest, answer
from callctrl.simulator.webserver import serve_web

__all__ = [
    "ORDERS",
    "PBX_SCENARIOS",
    "PEOPLE",
    "SCENARIOS",
    "Config",
    "Console",
    "Device",
    "Event",
    "Extension",
    "FarEnd",
    "Masking",
    "Network",
    "NotifyForm",
    "Player",
    "Someone",
    "Spa9000",
    "Step",
    "Weather",
    "WebAnswer",
    "WebRequest",
    "answer",
    "serve_web",
]
