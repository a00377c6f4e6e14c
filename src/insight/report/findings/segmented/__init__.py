"""More findings of notebook 30: rules, what segments explain, the sizes of stages to come, the playbook."""
