"""The matcher's commands at a terminal: they read files, call pure code and print; none needs a database or Kafka."""
