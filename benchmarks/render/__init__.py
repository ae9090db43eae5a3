"""Renditions beside those of other image servers, on the same machine in the same run.

photos     the photographs: JPEGs of Debian's wallpaper packages
peers      one class a server: how it is installed and started, and how its URLs look
ours       the same for Calotype, with the pyramid and without
processes  what a server's processes use: processor time and memory
load       the client
quality    likeness (SSIM) to a lossless resize, and what we ask for to be as like as a peer
cells      one size and format: every server in turn, in rounds
one_url    one URL, 200 clients: how many renders, and how fast when warm
soak       many renders of mixed sources: does the memory stay
__main__   `python -m benchmarks.render`: chooses, measures, writes results/render.json
"""
