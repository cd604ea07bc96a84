"""What Rasa's rules call, one file per journey. Every action is idempotent by the turn it runs in."""
