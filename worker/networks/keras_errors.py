"""What Keras means when it refuses a network: it wraps the reason in the configuration of every layer around."""


def reason_of(error: Exception) -> str:
    """The innermost reason, one line of at most 300 characters without its full stop."""
    text = str(error).rpartition("Exception encountered: ")[2].strip() or type(error).__name__
    return text.splitlines()[0][:300].rstrip(".")
