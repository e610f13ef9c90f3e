"""Gradient ascent on pictures, in separate parts that an analysis puts together.

What to maximise: `objectives` (channel, unit, whole_layer, direction, class_logit) and `objective_sums` (weighted_sum,
negative, diversity). How: `modes`, which bundle `parameterizations` (pixels), `fourier`, `phases`, `transforms`,
`optimizers` and `regularizers`. The loop, once: `compiled` (trace) and `gradient_ascent` (optimize), `watching` what
the objective names. `relu_redirect` wakes pictures that no gradient reaches. Many channels of a layer: `layer_ascent`,
with `channel_outputs`; which ones: `layer_channels`. An analysis does four things:

    model = context.models.load(spec.model, head=False)
    chosen = mode_of(spec, model.input_channels, context.library.images)             # modes; the spec is an AscentSpec
    ascent = compile_ascent(model, channel(spec.layer), chosen, spec.precision)
    rows = [(spec.seed, c, start) for c in channels]                          # one a picture: all its chance
    for at in optimize(ascent, {"channel": channels}, rows, spec.steps, spec.step_size):
        yield Progress(f"step {at.step} of {spec.steps}", fraction=at.step / spec.steps)
    shown = [chosen.parameterization.shown(p) for p in np.asarray(at.pictures)]    # float32 in [0, 1]

The numbers ({"channel": ...}) are those that the objective names, an entry a picture; they are tensors, so another
channel or class compiles nothing. `at` is the end of the ascent: the best pictures seen, their objective without
transforms, the curve, snapshots. compile_ascent() keeps what it traced with the model, so the next run starts at once.
What differs by picture goes into numbers, what differs by kind of work into the objective's name.
"""
