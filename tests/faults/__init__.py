"""A real `calotype fleet`, broken on purpose while fifty clients look on: issue 4's fault table."""
