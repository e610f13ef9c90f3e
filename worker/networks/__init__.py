"""Networks of Keras: opened, kept warm, traced. Nothing here knows of an analysis.

Opening: `models`, `load_limits`, `old` (files of earlier releases), `translated` (of other frameworks), `own_modules`
(layers of a team's own), `separate_weights` (saved apart from their network), `repaired_file`, `turned_round`,
`quantized`, `nasnet`, `single_input`, `loose_inputs`, `input_range`, `labels`, `keras_errors`, `preprocessing`,
`precision`, `proof` (that what was opened is what plain Keras opens). What there is to see: `capture` (outputs of
layers), `layer_trace`, `receptive_field`, `tried_window`, `inside_own_layers`, `first_kernel`, `activation_names`,
`before_activation`. What it says: `heads` (its outputs), `readings` (where each is explained), `head_values`, `masks`.
Passes: `forward_pass`, `relu_swap`; `tracing` bounds what they leave in memory, `fused_kernels` what they get wrong.
Beside a data set: `match_classes`. Behind a layer: `cut`.
"""
