"""`make demo`: the main job from end to end on real parts and open data about Hertfordshire.

`hub` makes what is posted, `client` posts it over HTTP, `mails` reads what arrives, `play` is the story, `show` prints
it, `__main__` starts and ends it all.
"""
