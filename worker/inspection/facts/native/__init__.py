"""Native files (ELF, PE, Mach-O): what they are, what they take from their system, whether they are packed."""
