"""The index's HTTP interface: routes translate, schemas check form, nothing else."""
