"""Pages for people: server-rendered; only the sheets that never reach the server use JavaScript."""
