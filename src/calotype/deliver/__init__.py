"""Everything that HTTP sees of an answer with pixels.

negotiate   Accept to a token, token to a format
caching     ETag, conditional requests, lifetimes, tags
ladder      sizes and qualities on rungs
urls        the one URL builder
renditions  what was rendered is kept, and rendered once
nearest     which larger renditions could stand in for one
upgrades    what is asked for often is encoded again, slowly
"""
