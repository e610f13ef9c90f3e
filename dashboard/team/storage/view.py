"""What the cache and the archive hold, what would go first, and a way to delete."""

from collections import defaultdict

import streamlit as st

from dashboard.server.connection import explaining_errors, get_client
from dashboard.server.sign_in import person
from dashboard.team.gallery.view import card
from dashboard.widgets.address import permalink
from dashboard.widgets.text import count, duration, escape, memory
from shared.analyses import kind_title
from shared.library.titles import run_title, titles_of

FIRST_OUT, ARCHIVED, GIGABYTE = 20, 50, 1024**3
DELETING = "storage/deleting"


def show_cache() -> None:
    """Bytes against the budget, by kind, and the results that would leave first."""
    client = get_client()
    sizes = client.store.parts.sizes()
    used, budget = client.store.parts.total_bytes(), client.store.parts.budget(client.settings.cache_budget)
    st.progress(min(1.0, used / budget), text=f"{memory(used)} of {memory(budget)} in {count(len(sizes), 'result')}")
    by_kind: dict[str, list[int]] = defaultdict(list)
    for key, size in sizes.items():
        by_kind[key.partition("-")[0]].append(size)
    rows = [{"Kind": kind_title(kind), "Results": len(some), "Size": memory(sum(some))}
            for kind, some in sorted(by_kind.items(), key=lambda pair: -sum(pair[1]))]  # fmt: skip
    if rows:
        left, right = st.columns([2, 3], gap="medium")
        left.dataframe(rows, hide_index=True, width="stretch")
        with right:
            _first_out(sizes)


def set_budget() -> None:
    """For administrators: how much the cache may hold."""
    client = get_client()
    if not person().admin:
        return
    now = client.store.parts.budget(client.settings.cache_budget) / GIGABYTE
    with st.form("storage/budget", border=False):
        left, right = st.columns([2, 1], vertical_alignment="bottom")
        hint = ("When it is full, the results that nobody has opened for longest are evicted first. "
                "Keep it at half of the server's maxmemory at most.")  # fmt: skip
        chosen = left.number_input("Budget of the cache, in GB", 0.05, 1024.0, round(now, 2), 0.25, help=hint)
        if right.form_submit_button("Set the budget"):
            with explaining_errors():
                client.set_budget(int(chosen * GIGABYTE))
                st.rerun()


def _first_out(sizes: dict[str, int]) -> None:
    client, names = get_client(), titles_of(get_client().library)
    st.markdown("**Next to be evicted** when the cache is full: what nobody has opened for longest")
    keys = client.store.parts.first_out(FIRST_OUT)
    runs = client.store.runs.get_many(keys)
    rows = [{"Result": run_title(run, names), "Size": memory(sizes.get(run.key, 0)), "Asked by": run.by,
             "Made": f"{duration(max(0.0, run.now - run.finished_at))} ago", "Open": permalink(run.key)}
            for run in runs if run.kind]  # fmt: skip
    if rows:
        link = st.column_config.LinkColumn(display_text="Open")
        st.dataframe(rows, hide_index=True, width="stretch", column_config={"Open": link})
    else:
        st.caption("Nothing: everything there is pinned, or still being made.")


def show_archive() -> None:
    """Pinned results with their sizes, each with a way to delete it."""
    client, me = get_client(), person()
    page = int(st.session_state.get("storage/page", 1))
    found = client.results.gallery.find(first=(page - 1) * ARCHIVED, count=ARCHIVED)
    if not found.total:
        st.info("Nothing is pinned yet. Use **Pin** above any finished result.", icon=":material/keep:")
        return
    st.caption(f"{count(found.total, 'pinned result')}: their files stay whatever the cache does.")
    titles = titles_of(client.library)
    for key in found.keys:
        piece = client.results.gallery.get(key)
        if piece is None:
            continue
        what, size, who, act = st.columns([6, 1, 2, 1], vertical_alignment="center")
        shown = card(piece, titles)
        what.markdown(f"[{escape(shown['title'])}](/?run={key})  \n:small[{escape(shown['kind'])}]")
        size.caption(memory(piece.bytes))
        who.caption(escape(piece.by))
        mine = me.admin or piece.by == me.address
        if mine and act.button("Delete", key=f"delete-{key}", help=f"Delete {escape(shown['title'])}"):
            ask_to_delete(key)
    if found.total > ARCHIVED:
        st.pagination(-(-found.total // ARCHIVED), key="storage/page")


def ask_to_delete(key: str) -> None:
    """Have confirm_deletion() ask about a result."""
    st.session_state[DELETING] = key


def confirm_deletion() -> None:
    """Ask whether the result goes that somebody wants to delete."""
    if deleting := st.session_state.get(DELETING):
        _confirm(str(deleting))


@st.dialog("Delete this result?", on_dismiss=lambda: st.session_state.pop(DELETING, None))
def _confirm(key: str) -> None:
    client = get_client()
    links = [share for share in client.library.shares.all(key) if share.state() == "live"]
    run = client.record(key)
    title = run_title(run, titles_of(client.library)) if run.kind else key
    st.markdown(f"**{escape(title)}** goes from the cache, the archive and the gallery. This cannot be undone, but "
                "the same request can be computed again.")  # fmt: skip
    if links:
        st.warning(f"{count(len(links), 'share link')} to it will say that it is gone.", icon=":material/link_off:")
    left, right = st.columns(2)
    if left.button("Delete it", type="primary", width="stretch"):
        with explaining_errors():
            client.results.delete(key)
            st.session_state.pop(DELETING, None)
            st.rerun()
    if right.button("Keep it", width="stretch"):
        st.session_state.pop(DELETING, None)
        st.rerun()
