"""Our components of Rasa's pipeline: Python 3.10, the only folder that imports `rasa`."""
