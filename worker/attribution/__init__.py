"""Why this class: heat maps, one module a published method, and what checks them."""
