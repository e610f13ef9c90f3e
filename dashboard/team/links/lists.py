"""Lists of share links and of script tokens, each with a way to take one back."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from dashboard.server.connection import explaining_errors, get_client
from dashboard.server.sign_in import person
from dashboard.widgets.address import permalink
from dashboard.widgets.errors import show_error
from dashboard.widgets.text import escape
from shared.errors import ConvscopeError
from shared.library import Person, ScriptToken, Share
from shared.library.rights import SCOPES, Scope
from shared.library.titles import run_title, titles_of
from shared.library.tokens import LONGEST_NOTE, USUAL_DAYS

MADE = "links/made-token"
TOKEN_DAYS = (7, 30, USUAL_DAYS, 365)
# What a token's scopes are called.
MAY: dict[Scope, str] = {"read": "look at results", "submit": "submit and cancel runs",
                         "upload": "add, rename and delete files"}  # fmt: skip
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
        st.caption(f"and {len(shares) - SHOWN:,} older ones (in a terminal: `convscope shares`)")


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
    _token_rows([token for token in tokens if token.is_good()])


def _new_token(me: Person) -> None:
    with st.form("links/token", border=False, clear_on_submit=True):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        note = left.text_input("What the token is for", max_chars=LONGEST_NOTE, placeholder="nightly atlases")
        days = right.selectbox("Good for", TOKEN_DAYS, index=TOKEN_DAYS.index(USUAL_DAYS), format_func="{} days".format)
        scopes = st.pills("It may", SCOPES, selection_mode="multi", default=SCOPES[:2], format_func=MAY.__getitem__)
        if st.form_submit_button("Make a token"):
            try:
                tokens = get_client().library.tokens
                st.session_state[MADE] = tokens.make(me.address, note.strip(), scopes, days)[1]
            except ConvscopeError as error:
                show_error(str(error))
    if token := st.session_state.pop(MADE, None):
        st.success("Copy it now: it is shown only once.", icon=":material/key:")
        st.code(token, language=None)


def _token_rows(tokens: Sequence[ScriptToken]) -> None:
    for token in tokens[:SHOWN]:
        what, who, act = st.columns([5, 4, 2], vertical_alignment="center")
        what.text(token.note or "without a note")
        what.caption("; ".join(MAY[scope] for scope in token.scopes))
        who.caption(f"{escape(token.by)}, {_day(token.made_at)}, {_end(token)}")
        if act.button(
            "Take back", key=f"token-{token.id}", help=f"Scripts with {escape(token.note or token.id)} are refused"
        ):
            with explaining_errors():
                get_client().revoke_token(token.id)
                st.rerun()


def _end(token: ScriptToken) -> str:
    return f"until {_day(token.expires_at)}" if token.expires_at else "without an end: of an earlier release"
