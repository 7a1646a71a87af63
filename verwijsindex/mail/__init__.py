"""From outbox to mail server: composing, sending, delivering."""
