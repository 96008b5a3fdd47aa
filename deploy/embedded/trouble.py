class Trouble(Exception):
    """Something the reader can mend; the message is one sentence that says what to do."""
