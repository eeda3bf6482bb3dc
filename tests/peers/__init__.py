"""The engine against SIP programs that none of us wrote, on loop-back.

    kamailio     a registrar and presence server, by UDP, TCP and TLS
    baresip      telephones that make real calls through it
    linphonec    a telephone that leaves some requests without an answer
    sipp         whatever else a peer may do, from `scenarios/`
    sipsak       asks whether anybody is there

    handset      sipp as a telephone that does in a call what a test wrote down
    lister       sipp as a PBX that reports on a list of colleagues at once

    agent        a user agent of the product's parts, for events the product does not know
    product      the product's own conversation
    desk         `callctrl watch` at a desk, beside a telephone
    relay        a bad network, whose losses are decided
    mailbox      what was told, until it is asked for
    program      a program, its folder and its end

`.ci/prepare peers` installs them. Each test starts what it needs, at ports nobody else has.
"""
