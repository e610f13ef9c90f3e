"""What a file must satisfy before anything opens it: pictures, models, weights. Never imports Keras."""
