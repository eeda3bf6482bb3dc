"""The bundle: a folder with the program, Python, Qt and all else that it needs."""
