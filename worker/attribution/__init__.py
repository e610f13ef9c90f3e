"""Why this class: heat maps, one module a published method, and what checks them.

Methods: `grad_cam`, `grad_cam_plus_plus`, `hires_cam`, `layer_cam`, `eigen_cam`, `score_cam`, `saliency`,
`smooth_grad`, `integrated_gradients`, `guided_backprop` (with `guided_relu`), `occlusion`; `method_maps` has them by
name, `task` is what each is given. What they run on: `explained`, `class_choice`, `region`, `passes` with
`watched_gradients`. Checks: `deletion`, `randomised`, `verdicts`.
"""
