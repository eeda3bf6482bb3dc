"""SIP without I/O: bytes and a clock in, packets and events out.

Read the modules in this order, each knowing only those before it:

- `headers`            the grammar inside header fields: URIs, addresses, Via, CSeq, parameters
- `message`            requests and responses, parsed and written
- `framing`            messages cut out of a byte stream (RFC 3261 section 18.3)
- `packets`            what goes over the network, and where
- `via`                the way back of a response (RFC 3261 section 18.2)
- `answer`             the bytes of a response to a request (RFC 3261 section 8.2.6.2)
- `matching`           what tells a new request from a repeated one (RFC 3261 section 17.2.3)
- `deadlines`          the next of several
- `tokens`             what must be unique or unguessable: branches, tags, Call-IDs, cnonces
- `digest`             challenges and the answers to them (RFC 7616)
- `authenticator`      which of them are answered, and with which nonce
- `reasons`            what a status code means, as it stands beside it
- `transaction`        one request and its answers, with retransmission (RFC 3261 section 17)
- `invitetransaction`  an INVITE and its answers, which are acknowledged (RFC 6026)
- `transactionlayer`   keeps them all, and finds the one a message belongs to
- `location`           where the server of a domain is (RFC 3263)
- `targets`            which of several places is in use (RFC 3263 section 4.3)
- `keepalive`          line ends that keep a way open (RFC 5626 section 4.4.1)
- `inspection`         what others are asked before they are obeyed (RFC 3261 section 8.2)
- `exchange`           one request of ours with all its challenges and redirections
- `useragent`          numbers what is sent, and ties messages to transactions
- `dialog`             what two user agents remember of each other (RFC 3261 section 12)
- `sessiondescription` what we say of sound: that there is none (RFC 4566, RFC 3264)
- `invitation`         a call of ours, from the INVITE to the last BYE (RFC 3261 section 13)
- `backoff`            pauses between tries
- `probe`              whether a place that has failed answers again
- `registration`       a binding kept alive (RFC 3261 section 10)
- `subscription`       an event subscription kept alive (RFC 6665)
- `pace`               a queue of requests that leave at a pace the server can bear
- `pacedsubscriptions` hundreds of subscriptions at one server

No module here reads a clock, a socket or a random source: `now` and a token factory come in as
arguments, so a conversation of an hour is tested in a millisecond and always runs the same.

Errors, by whose fault they are:

- `SipError`
  - `LocalProtocolError`   we were about to send something that is not SIP
  - `RemoteProtocolError`  the peer sent something that cannot be understood

What happens in time (a 401, a time-out, a lost packet) is never an exception.
"""

__all__ = ["LocalProtocolError", "RemoteProtocolError", "SipError"]


class SipError(Exception):
    """Base of what this package raises."""


class LocalProtocolError(SipError):
    """We were asked to send something that would not be SIP."""


class RemoteProtocolError(SipError):
    """The peer's message cannot be understood.

    `status` is the response a request with this fault deserves (RFC 3261 section 21.4).
    `first_line` and `fields` are what could be read of the message, for that response, and
    `charset` is how its head was encoded.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.first_line = ""
        self.fields: tuple[tuple[str, str], ...] = ()
        self.charset = "utf-8"
