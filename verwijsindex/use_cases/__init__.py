"""What can be done: one verb each, one transaction, one commit (a batch: one per part)."""
