"""What several pages are made of; what is drawn in the browser has its modules in `web`.

Choices: `model_choice`, `layer_choice`, `output_choice`, `class_choice`, `mode_choice`, `listed_choice`,
`dataset_choice`, `picture_choice`, `augmentation_controls`, `uploaded_files`, `entry_actions`. Addresses: `address`;
`current`, what is worked on, and `current_cookie`, where it outlives a reload; `control_values`. Elements:
`browser_elements`, `tiles`, `picture_grid`, `map_panel`, `facts_panel`, `charts`. What they show: `drawing`,
`dataset_pictures`, `dataset_report`, `feature_maps`, `heat_map_colouring`, `best_tiles`, `channel_examples`,
`likeness`, `predictions`, `shown_bands`. Words: `text`, `errors`, `safe_markdown`, `strategy_words`.
Of a layer: `tiles_at_hand`.
Of ablations: `channel_effects`.
"""
