"""What public DNS says about a name: pure Python on dnspython, no Django, no settings, no clock of its own."""
