"""Values in, bytes out: the media that a boot image can be written to. No clock and no file is read here."""
