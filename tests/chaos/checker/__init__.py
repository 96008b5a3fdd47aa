"""An independent judge of what the system promises.

It reads databases by SQL, topics by a plain consumer, mails from the catcher's folder, and the journal of the load. It
imports nothing from `services` or `contracts`: what it expects is written down here once more.
"""
