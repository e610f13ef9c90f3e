"""Compare: two states of a network, layer by layer, and what the channels that changed most want and see."""

from dashboard.analyses.compare_models.choices import choose, plan
from dashboard.analyses.compare_models.view import compare_view
from dashboard.runs.page import run_page

run_page(
    "Compare",
    "How far training moved each layer, and what the channels that changed most looked for before and look for now. "
    "A weight that moved far need not matter, and one that hardly moved may.",
    choose,
    lambda chosen: compare_view(plan(chosen.spec)),
    empty="Choose two different states of one network on the left: before and after fine-tuning, two checkpoints, or "
    "a trained network and its base. Add yours under Models.",
    reading="**Distance** is the length of the change, as a share of the length of the weights before: 0 for a layer "
    "that did not move, 1 for one that changed as much as it weighed. **Cosine** is 1 where weights only grew or "
    "shrank, 0 where they turned into something unrelated. **Unchanged** is the share of weights of which not one bit "
    "is different; a layer that is unchanged throughout is **frozen**. A normalization in a frozen network can still "
    "follow the new pictures with its running statistics, which is said apart. Tiles are climbed from the same start "
    "in both networks, so what differs between them is the networks' doing. A frozen layer's channels may see "
    "something else all the same, for what comes before them moved. Maps of one channel share one scale. How far "
    "layers move, and how little some of it matters: C. Zhang, S. Bengio, Y. Singer, *Are All Layers Created Equal?*, "
    "2019.",
)
