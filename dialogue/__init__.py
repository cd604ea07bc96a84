"""What to say next. Rasa decides the course; answers stay in our own tables."""
