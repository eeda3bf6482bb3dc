"""The six states and their words, from every session and call state there is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callctrl.accounts import Account, PbxKind
from callctrl.calls import Call, CallState, SessionChanged, SessionState, Trouble
from callctrl.ui.state import (
    PhoneState,
    phone_state,
    state_explanation,
    state_line,
    state_reason,
)

ACCOUNT = Account("192.168.1.10", "200", "FrontDesk", "RECEPTION-PC")
OTHER = Account("pbx.example.com", "reception", "200", "RECEPTION-PC", kind=PbxKind.SIP)
READY = SessionChanged(SessionState.READY)


def calls(*states: CallState) -> list[Call]:
    return [Call(str(number), state) for number, state in enumerate(states, 1)]


class TestPhoneState:
    @pytest.mark.parametrize(
        ("state", "wanted"),
        [
            (CallState.RINGING, PhoneState.RINGING),
            (CallState.DIALING, PhoneState.ON_A_CALL),
            (CallState.CALLING, PhoneState.ON_A_CALL),
            (CallState.PROCEEDING, PhoneState.ON_A_CALL),
            (CallState.ANSWERING, PhoneState.ON_A_CALL),
            (CallState.CONNECTED, PhoneState.ON_A_CALL),
            (CallState.RESUMING, PhoneState.ON_A_CALL),
            (CallState.HOLDING, PhoneState.HELD),
            (CallState.HELD, PhoneState.HELD),
            (CallState.FAILED, PhoneState.READY),
            (CallState.ENDED, PhoneState.READY),
        ],
    )
    def test_one_call(self, state: CallState, wanted: PhoneState) -> None:
        assert phone_state(READY, calls(state)) is wanted

    @pytest.mark.parametrize("state", CallState)
    def test_every_call_state_is_shown_somehow(self, state: CallState) -> None:
        assert phone_state(READY, calls(state)) in PhoneState

    def test_a_call_in_a_state_we_do_not_know_is_not_shown_as_free(self) -> None:
        assert phone_state(READY, calls(CallState.UNKNOWN)) is PhoneState.ON_A_CALL

    def test_no_call(self) -> None:
        assert phone_state(READY, []) is PhoneState.READY

    def test_what_rings_comes_before_what_talks_before_what_is_held(self) -> None:
        talking = calls(CallState.HELD, CallState.CONNECTED)
        assert phone_state(READY, talking) is PhoneState.ON_A_CALL
        assert phone_state(READY, [*talking, *calls(CallState.RINGING)]) is PhoneState.RINGING

    @pytest.mark.parametrize("state", set(SessionState) - {SessionState.READY})
    def test_never_ready_before_the_session_is(self, state: SessionState) -> None:
        shown = phone_state(SessionChanged(state), calls(CallState.CONNECTED))
        assert shown in (PhoneState.CONNECTING, PhoneState.TROUBLE)

    @pytest.mark.parametrize("trouble", Trouble)
    def test_trouble_is_shown_until_it_is_put_right(self, trouble: Trouble) -> None:
        for state in (SessionState.RETRYING, SessionState.REGISTERING, SessionState.LEAVING):
            assert phone_state(SessionChanged(state, trouble), []) is PhoneState.TROUBLE


class TestLine:
    def test_ready(self) -> None:
        assert state_line(READY, ACCOUNT) == "Ready · FrontDesk, extension 200"

    def test_follows_the_calls(self) -> None:
        line = state_line(READY, ACCOUNT, calls(CallState.RINGING))
        assert line == "Ringing · FrontDesk, extension 200"

    def test_without_an_account(self) -> None:
        assert state_line(SessionChanged(SessionState.OFFLINE), None) == "Not set up yet"

    def test_leaving(self) -> None:
        line = state_line(SessionChanged(SessionState.LEAVING), ACCOUNT)
        assert line == "Signing off · FrontDesk, extension 200"


class TestReason:
    def test_none_when_all_is_well(self) -> None:
        assert state_reason(READY, ACCOUNT) == ""

    def test_without_an_account(self) -> None:
        assert "Settings Wizard" in state_reason(SessionChanged(SessionState.OFFLINE), None)

    def test_no_answer(self) -> None:
        session = SessionChanged(SessionState.RETRYING, Trouble.NO_ANSWER, 408, 3.2)
        wanted = "No answer from 192.168.1.10. Trying again in 4 s."
        assert state_reason(session, ACCOUNT) == wanted

    def test_long_waits_are_told_in_minutes(self) -> None:
        session = SessionChanged(SessionState.RETRYING, Trouble.NO_ANSWER, 408, 180.0)
        assert state_reason(session, ACCOUNT).endswith("Trying again in 3 min.")

    def test_a_wrong_password_names_the_devices_own_setting(self) -> None:
        session = SessionChanged(SessionState.RETRYING, Trouble.UNAUTHORIZED, 401, 2.0)
        assert "Phone Ext Password" in state_reason(session, ACCOUNT)
        assert "Phone Ext Password" not in state_reason(session, OTHER)

    @pytest.mark.parametrize("state", SessionState)
    @pytest.mark.parametrize("trouble", [None, *Trouble])
    @pytest.mark.parametrize("account", [ACCOUNT, OTHER])
    def test_every_reason_is_a_sentence(
        self, state: SessionState, trouble: Trouble | None, account: Account
    ) -> None:
        reason = state_reason(SessionChanged(state, trouble, 500, 5.0), account)
        assert "{" not in reason
        assert "None" not in reason
        assert reason == "" or reason.endswith(".")
        assert "!" not in reason

    @pytest.mark.parametrize("trouble", Trouble)
    def test_windows_shows_all_of_the_tool_tip(self, trouble: Trouble) -> None:
        session = SessionChanged(SessionState.RETRYING, trouble, 403, 30.0)
        tool_tip = f"{state_line(session, ACCOUNT)}\n{state_reason(session, ACCOUNT)}"
        assert len(tool_tip) <= 127

    def test_a_refusal_without_status(self) -> None:
        session = SessionChanged(SessionState.RETRYING, Trouble.REJECTED)
        assert state_reason(session, ACCOUNT) == "192.168.1.10 refused the connection."

    @pytest.mark.parametrize(
        ("trouble", "told"),
        [
            (Trouble.UNKNOWN_PROOF, "asks for an unknown proof of the password (401)."),
            (Trouble.WEAKER_PROOF, "wants a weaker proof of the password than before."),
            (Trouble.ELSEWHERE, "points to another phone system (401)."),
            (Trouble.ENDED, "reports this phone no more."),
        ],
    )
    def test_what_is_not_obeyed_is_told_from_a_refused_password(
        self, trouble: Trouble, told: str
    ) -> None:
        session = SessionChanged(SessionState.RETRYING, trouble, 401)
        assert state_reason(session, ACCOUNT) == f"{ACCOUNT.pbx} {told}"

    @pytest.mark.parametrize("trouble", [Trouble.NO_ANSWER, Trouble.CERTIFICATE])
    def test_the_proxy_is_whom_we_talk_to_first(self, trouble: Trouble) -> None:
        account = replace(OTHER, outbound_proxy="edge.example.com:5061")
        session = SessionChanged(SessionState.RETRYING, trouble)
        assert "edge.example.com:5061" in state_reason(session, account)

    def test_a_refusal_is_the_phone_systems_own(self) -> None:
        account = replace(OTHER, outbound_proxy="edge.example.com:5061")
        session = SessionChanged(SessionState.RETRYING, Trouble.FORBIDDEN, 403)
        assert state_reason(session, account).startswith("pbx.example.com ")


class TestExplanation:
    def test_a_refused_certificate_says_why_and_what_to_do(self) -> None:
        """RFC 3261 section 26.3.1: a certificate that is not to be trusted ends it."""
        why = "Its authority, Example CA, is unknown here."
        session = SessionChanged(SessionState.RETRYING, Trouble.CERTIFICATE, detail=why)
        explanation = state_explanation(session)
        assert explanation == (
            f"{why} If only its authority is unknown here, name its file in the Settings Wizard "
            "under Advanced; otherwise have the certificate issued anew."
        )

    @pytest.mark.parametrize("trouble", [None, *(set(Trouble) - {Trouble.CERTIFICATE})])
    def test_the_others_explain_themselves(self, trouble: Trouble | None) -> None:
        assert state_explanation(SessionChanged(SessionState.RETRYING, trouble)) == ""


class TestAPhoneThatIsNotThere:
    """Only the phone system knows; where it does not tell, nothing is said."""

    def test_is_trouble_and_said_in_plain_words(self) -> None:
        assert phone_state(READY, [], is_there=False) is PhoneState.TROUBLE
        assert state_line(READY, OTHER, is_there=False) == "Phone not there · phone 200"
        reason = state_reason(READY, OTHER, is_there=False)
        assert reason.startswith("Your phone 200 is not registered with the phone system.")

    @pytest.mark.parametrize("is_there", [True, None])
    def test_is_ready_otherwise(self, is_there: bool | None) -> None:
        assert phone_state(READY, [], is_there=is_there) is PhoneState.READY
        assert state_line(READY, OTHER, is_there=is_there) == "Ready · phone 200"
        assert state_reason(READY, OTHER, is_there=is_there) == ""

    def test_is_not_spoken_of_where_there_is_no_connection(self) -> None:
        session = SessionChanged(SessionState.RETRYING, Trouble.NO_ANSWER)
        assert state_line(session, OTHER, is_there=False).startswith("No connection")
        assert state_reason(session, OTHER, is_there=False).startswith("No answer")

    def test_is_there_all_the_same_where_it_has_a_call(self) -> None:
        ringing = calls(CallState.RINGING)
        assert phone_state(READY, ringing, is_there=False) is PhoneState.RINGING
