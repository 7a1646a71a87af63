"""What happens when involvements meet: subjects, signals, rules, matches, outbox."""
