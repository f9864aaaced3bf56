"""The `workflow` service: owns production tasks, their phases and their links to tickets."""
