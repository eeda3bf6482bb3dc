"""Why a link is not followed."""

from __future__ import annotations

from callctrl.numbers import LinkFault
from callctrl.ui.linkwords import link_fault_in_words


def test_each_fault_has_its_sentence() -> None:
    sentences = {fault: link_fault_in_words(fault) for fault in LinkFault}
    assert all(sentence.endswith(".") for sentence in sentences.values())
    assert sentences[LinkFault.NO_LINK] == sentences[LinkFault.NO_NUMBER]
    assert len(set(sentences.values())) == len(LinkFault) - 1
