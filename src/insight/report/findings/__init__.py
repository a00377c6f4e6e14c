"""What the notebooks show: one module for each subject, whose words stand in ``words/<subject>.yaml``."""
