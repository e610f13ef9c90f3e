"""Layer atlas: for every channel of a layer, the picture that excites it most."""

import streamlit as st

from dashboard import job_view
from dashboard.atlas_choices import choose
from dashboard.atlas_view import atlas_view
from dashboard.plain_text import escape

st.header("Layer atlas", anchor=False)
st.caption(
    "Each tile is climbed, step by step, to raise one channel's mean activation: what excites the channel most, not "
    "all it responds to."
)
choice = choose()
if choice.key:
    job_view.show(choice.key, choice.spec, atlas_view(choice.plan))
elif choice.failure:
    st.error(f"**No layers to choose from.** {escape(choice.failure)}", icon=":material/error:")
else:
    st.info(
        "Choose a model and a layer on the left: the atlas of that layer appears here", icon=":material/arrow_back:"
    )
with st.expander("How to read it"):
    st.markdown(
        "Start low: early layers show edges and colours, middle layers textures, late layers parts of things. "
        "Tiles of a **dead** channel stay noise: no start made it respond. The objective is the mean activation of "
        "the channel; compare it within a layer, not between layers. Method: "
        "[F. Chollet, *How convolutional neural networks see the world*, 2016]"
        "(https://blog.keras.io/how-convolutional-neural-networks-see-the-world.html)."
    )
