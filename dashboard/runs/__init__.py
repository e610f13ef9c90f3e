"""What every page of a run is made of: its choices, its header, what it shows while the run lives and after.

A page: `page`, `choices` (kept in step with its address), `spec_form`, `run_now`, `view` (with the `live_bar`),
`start_box` (before it is asked for), `act_button`, `header`, `input_scale`, `other_networks`, `notify`. What is
known of a run: `notes`, `run_list`.
"""
