"""The pages behind the links in emails: plain HTML, no login, no scripts.

GET and HEAD show and change nothing, since mail scanners open every link. POST acts, and doing it twice is harmless.
"""
