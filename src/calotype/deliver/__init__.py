"""Everything that HTTP sees of an answer with pixels.

negotiate   Accept to a token, token to a format
caching     ETag, conditional requests, lifetimes, tags
urls        the one URL builder
renditions  what was rendered is kept, and rendered once
upgrades    what is asked for often is encoded again, slowly
"""
