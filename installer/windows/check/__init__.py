"""What tries the Windows side: the program, its bundle and its installer."""
