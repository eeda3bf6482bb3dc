"""What a Linux desktop is given beside the program: menu entry, icons, man page, description."""
