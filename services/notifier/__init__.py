"""The notifier: what is said to people by email, when, and whether it got there.

Owns letters (one thing said to one contact about one match) and emails (one sending of the letters due to one person).
Hears contacts, hubs, matches and answers; says what became of each letter. Speaks SMTP, and Kafka by its outbox.
"""
