"""Files made to do harm, and requests too: each gets an image or a problem document."""
