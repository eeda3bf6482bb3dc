"""TLS: whose certificates are believed, for which name, and what is wrong with the others.

RFC 3261 section 26.3 and RFC 5922. A certificate has to be made out to the name that a person
typed in, not to what a name server made of it. There is no switch that turns checking off.

Names are compared as OpenSSL does it, so two things of RFC 5922 are not kept to: a wildcard is
believed (section 7.2), since those who host PBXs for others have such certificates, and a SIP URI
is not looked at where a host name stands beside it (section 7.1).
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

__all__ = ["Trust", "UntrustedError"]


class UntrustedError(OSError):
    """The other end cannot be trusted; the text is a sentence for people that says why."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Who is believed to be the phone system."""

    name: str
    """Its host name or IP address as it was typed in."""
    ca_file: str = ""
    """A PEM file of authorities beside the system's, or empty."""

    def context(self) -> ssl.SSLContext:
        """A context that checks chain, dates and name; reads files.

        Raises UntrustedError where the file of authorities cannot be used, and OSError where the
        name is none.
        """
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.ca_file:
            try:
                context.load_verify_locations(self.ca_file)
            except ssl.SSLError as error:
                raise UntrustedError(
                    f"The file of certificate authorities {self.ca_file} holds no certificate."
                ) from error
            except OSError as error:
                raise UntrustedError(
                    f"The file of certificate authorities {self.ca_file} cannot be read: "
                    f"{error.strerror}."
                ) from error
        try:
            context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=self.name)
        except ValueError as error:  # asyncio finds out too late, and forgets to close the socket
            raise OSError(f"{self.name!r} is no host name") from error
        return context

    def explain(self, error: ssl.SSLCertVerificationError) -> UntrustedError:
        """What is wrong with a certificate that was refused."""
        sentence = _SENTENCES.get(error.verify_code)
        if sentence is None:
            reason = error.verify_message or str(error)
            return UntrustedError(f"The certificate of {self.name} is refused: {reason}.")
        return UntrustedError(sentence.format(name=self.name))


_UNKNOWN_AUTHORITY = (
    "The certificate of {name} is signed by an authority that this computer does not know."
)
_WRONG_NAME = "The certificate shown is not made out to {name}, but to somebody else."
_SENTENCES = {
    # The codes of OpenSSL's X509_V_ERR_…, which the ssl module does not name.
    2: _UNKNOWN_AUTHORITY,
    9: "The certificate of {name} is not valid yet. Is the clock of this computer right?",
    10: "The certificate of {name} has expired.",
    18: "The certificate of {name} is signed by itself, and this computer does not know it.",
    19: _UNKNOWN_AUTHORITY,
    20: _UNKNOWN_AUTHORITY,
    21: _UNKNOWN_AUTHORITY,
    23: "The certificate of {name} was revoked by its authority.",
    62: _WRONG_NAME,
    64: _WRONG_NAME,
}
