"""A SIP PBX like those that other makers sell, and the phones of its office.

An independent witness as the SPA9000 beside it: built from the RFCs and from what was seen on the
wire of Asterisk and kamailio, never from the client. Read, in this order:

- `config`        who works there, and every knob
- `office`        the phones and the calls between them, without SIP
- `documents`     what is told of a phone: bodies of NOTIFYs
- `accounts`      challenges, and whose answers are right
- `line`          what the parts of the PBX need of it
- `subscription`  one who watches something, and `notifier` all of them
- `inviteserver`  an INVITE and its answers, acceptances included
- `thirdparty`    a call that a program places to a phone, to have it call somebody else
- `calls`         all of these
- `engine`        the PBX that ties these together
- `console`       commands by hand
"""

from callctrl.simulator.pbx.config import (
    COLLEAGUES,
    FarEnd,
    Login,
    Manner,
    PbxConfig,
    Place,
    Style,
)
from callctrl.simulator.pbx.engine import Pbx
from callctrl.simulator.pbx.office import Leg, LegState, Office, Phone

__all__ = [
    "COLLEAGUES",
    "FarEnd",
    "Leg",
    "LegState",
    "Login",
    "Manner",
    "Office",
    "Pbx",
    "PbxConfig",
    "Phone",
    "Place",
    "Style",
]
