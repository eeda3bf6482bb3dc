"""A click-to-dial, and a telephone system that does exactly what a test says."""

from __future__ import annotations

from callctrl.bystander.thirdpartycall import ThirdPartyCall
from callctrl.calls import DialFailure, DialStage
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.digest import Credentials
from callctrl.sip.message import Request
from tests.sip.calling import Line


def challenge(nonce: str) -> str:
    return f'Digest realm="pbx.example", nonce="{nonce}", algorithm=MD5, qop="auth"'


class Desk(Line):
    """A click-to-dial under way."""

    def __init__(
        self,
        transport: str = "UDP",
        phone: str = "sip:2002@pbx.example",
        target: str = "sip:2004@pbx.example",
    ) -> None:
        super().__init__(transport)
        self.stages: list[DialStage] = []
        self.ends: list[tuple[DialFailure | None, int]] = []
        self.call = ThirdPartyCall(
            self.agent,
            phone=phone,
            target=target,
            caller="sip:app2002@pbx.example",
            display_name="Call Ctrl: 2004",
            authenticator=Authenticator(Credentials("app2002", "secret"), self.agent.tokens),
            on_stage=lambda stage, _: self.stages.append(stage),
            on_end=lambda failure, status, _: self.ends.append((failure, status)),
        )

    @property
    def caller(self) -> ThirdPartyCall:
        """Who has called."""
        return self.call

    def start(self) -> Request:
        """Click; the INVITE."""
        self.call.start(self.now)
        return self.newest("INVITE")

    def next_timeout(self) -> float:
        """When something is due; infinity where nothing is."""
        due = self.call.next_timeout()
        others = super().next_timeout()
        return others if due is None else min(others, due)

    def handle_timeout(self) -> None:
        """Do what is due."""
        super().handle_timeout()
        self.call.handle_timeout(self.now)

    # Their side

    def up_to_refer(self) -> Request:
        """Rung and picked up; the REFER."""
        invite = self.start()
        self.ring(invite)
        self.pick_up(invite)
        return self.newest("REFER")

    def refer(self) -> Request:
        """Rung, picked up and obeyed; the REFER."""
        refer = self.up_to_refer()
        self.answer(refer, 202)
        return refer

    def notify(
        self,
        status: int | None,
        state: str = "active;expires=60",
        event: str = "refer",
        number: int | None = None,
        tag: str = "phone",
    ) -> int:
        """The telephone system tells how far it has come; the status we answer."""
        body = b"" if status is None else b"SIP/2.0 %d Reason\r\n" % status
        fields = [("Event", event), ("Subscription-State", state)]
        if body:
            fields.append(("Content-Type", "message/sipfrag;version=2.0"))
        return self.ask("NOTIFY", *fields, tag=tag, body=body, number=number).status

    # What is left

    def is_clear(self) -> bool:
        """Whether no phone rings or is off hook because of us."""
        return self.call.leaves_nothing

    @property
    def end(self) -> tuple[DialFailure | None, int]:
        """What was told in the end; it is told once."""
        (end,) = self.ends
        return end

    def finish(self, status: int = 200) -> None:
        """The telephone system answers each CANCEL and BYE; some time passes."""
        for method in ("CANCEL", "BYE"):
            for request in {each.to_bytes(): each for each in self.requests(method)}.values():
                self.answer(request, status)
        self.run(60)
        assert self.call.is_over
        assert self.agent.next_timeout() is None, "the transactions are over"
