"""What makes packages of the program; README.md has the recipes."""
