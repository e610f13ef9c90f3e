"""Lists of share links and of script tokens, each with a way to take one back."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from dashboard.server.connection import explaining_errors, get_client
from dashboard.server.sign_in import person
from dashboard.widgets.address import permalink
from dashboard.widgets.text import escape
from shared.errors import ConvscopeError
from shared.library import Person, ScriptToken, Share
from shared.library.titles import run_title, titles_of
from shared.library.tokens import LONGEST_NOTE

MADE = "links/made-token"
SHOWN = 200


def show_shares() -> None:
    """Share links, one's own first to find; an administrator sees everybody's."""
    me, client = person(), get_client()
    shares = [share for share in client.library.shares.all() if me.admin or share.by == me.address]
    if not shares:
        st.info("No share link yet. Use **Share** above any finished result.", icon=":material/link:")
    for share in shares[:SHOWN]:
        _share_row(share, client.library.shares.token(share))
    if len(shares) > SHOWN:
        st.caption(f"and {len(shares) - SHOWN:,} older ones: `convscope shares`")


def _share_row(share: Share, token: str) -> None:
    state = share.state()
    what, until, who, act = st.columns([5, 2, 2, 2], vertical_alignment="center")
    run = get_client().record(share.key)
    title = run_title(run, titles_of(get_client().library)) if run.kind else share.key
    what.markdown(f"[{escape(title)}]({permalink(share.key, **share.view)})  \n:small[{escape(share.key)}]")
    until.caption({"live": f"until {_day(share.expires_at)}", "expired": f"expired {_day(share.expires_at)}",
                   "revoked": f"taken back {_day(share.revoked_at)}"}[state])  # fmt: skip
    who.caption(f"{escape(share.by) or 'somebody'}, {_day(share.made_at)}")
    if state == "live":
        with act.container(horizontal=True):
            st.link_button("Open", f"/share/{token}", help="What others see")
            if st.button("Take back", key=f"unshare-{share.id}", help=f"The link to {share.key} opens nothing then"):
                with explaining_errors():
                    get_client().results.unshare(share.id)
                    st.rerun()


def _day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds):%d %B %Y}"


def show_tokens() -> None:
    """Tokens of one's own scripts, and a form that makes one."""
    me = person()
    _new_token(me)
    tokens = get_client().library.tokens.all("" if me.admin else me.address)
    _token_rows([token for token in tokens if not token.revoked_at])


def _new_token(me: Person) -> None:
    with st.form("links/token", border=False, clear_on_submit=True):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        note = left.text_input("What the token is for", max_chars=LONGEST_NOTE, placeholder="nightly atlases")
        if right.form_submit_button("Make a token"):
            try:
                st.session_state[MADE] = get_client().library.tokens.make(me.address, note.strip())[1]
            except ConvscopeError as error:
                st.error(escape(str(error)), icon=":material/error:")
    if token := st.session_state.pop(MADE, None):
        st.success("Copy it now: it is shown once, and only its digest is kept.", icon=":material/key:")
        st.code(token, language=None)


def _token_rows(tokens: Sequence[ScriptToken]) -> None:
    for token in tokens[:SHOWN]:
        what, who, act = st.columns([5, 4, 2], vertical_alignment="center")
        what.text(token.note or "without a note")
        who.caption(f"{escape(token.by)}, {_day(token.made_at)}")
        if act.button(
            "Take back", key=f"token-{token.id}", help=f"Scripts with {escape(token.note or token.id)} are refused"
        ):
            with explaining_errors():
                get_client().revoke_token(token.id)
                st.rerun()
