"""What a run sets its controls to is said to the browser, also when that run is broken off."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.widgets.control_values import SENT_SECONDS


def _page(broken_off: bool, page: str = "channel") -> None:
    import streamlit as st
    from streamlit.proto.WidgetStates_pb2 import WidgetStates
    from streamlit.runtime.scriptrunner import RerunData, RerunException

    from dashboard.widgets.control_values import values_said_again

    with values_said_again(page):
        first = "runs" not in st.session_state
        st.session_state["runs"] = st.session_state.get("runs", 0) + 1
        if first:
            st.session_state["steps"] = 64
        st.number_input("Steps", 1, 4096, key="steps")
        if first and broken_off:
            raise RerunException(RerunData(widget_states=WidgetStates()))  # as a click is let in between two commands


def test_a_value_set_in_a_run_that_is_broken_off_is_said_in_the_next() -> None:
    app = AppTest.from_function(_page, args=(True,)).run()
    said = app.number_input[0].proto
    assert app.session_state["runs"] == 2
    assert (said.set_value, said.value) == (True, 64.0)


@pytest.mark.parametrize(("seconds", "again"), [(SENT_SECONDS / 2, True), (2 * SENT_SECONDS, False)])
def test_after_a_whole_run_it_is_said_again_only_at_once(
    monkeypatch: pytest.MonkeyPatch, seconds: float, again: bool
) -> None:
    clock = [100.0]
    monkeypatch.setattr("dashboard.widgets.control_values.time", SimpleNamespace(monotonic=lambda: clock[0]))
    app = AppTest.from_function(_page, args=(False,)).run()
    clock[0] += seconds
    said = app.run().number_input[0].proto
    assert said.set_value is again


def test_what_was_typed_meanwhile_is_kept() -> None:
    app = AppTest.from_function(_page, args=(True,)).run()
    app.number_input[0].set_value(7).run()
    assert app.number_input[0].value == 7
