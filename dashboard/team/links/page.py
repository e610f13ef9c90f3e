"""Links and tokens: what leads into this installation from outside, and how to take it back."""

import streamlit as st

from dashboard.runs.page import page_head
from dashboard.server.sign_in import person
from dashboard.team.links.lists import show_shares, show_tokens
from dashboard.widgets.text import escape
from shared.settings import get_settings

SAMPLE = """curl -H "Authorization: Bearer TOKEN" ADDRESS/api/runs \\
  -d '{"kind": "inspect_model", "model": "keras/vgg16/random"}'"""

page_head(__file__)
me = person()
if get_settings().sign_in:
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.markdown(f"You are **{escape(me.name or me.address)}**, {escape(me.address)}"
                  f"{', an administrator' if me.admin else ''}.")  # fmt: skip
    right.button("Sign out", on_click=st.logout, icon=":material/logout:", width="stretch")
st.subheader("Share links", anchor=False)
show_shares()
st.subheader("Tokens for scripts", anchor=False)
st.caption("Over HTTP, without Redis. Submit with `POST /api/runs`, then `GET /api/runs/KEY` and "
           "`/api/runs/KEY/result.zip`, or `POST /api/runs/KEY/cancel`:")  # fmt: skip
st.code(SAMPLE, language=None, wrap_lines=True)
show_tokens()
