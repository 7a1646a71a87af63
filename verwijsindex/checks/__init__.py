"""What ``doctor`` looks at, by subject; each module yields findings and changes nothing."""
