# What varnishd loads: where the load balancer is, and what the edge does.
#
#   varnishd -f …/edge/default.vcl -p vcl_path=HERE:…/edge
#
# HERE is the folder of your origin.vcl (local/ has one for everything on one machine). Debian's
# varnishd compiles as the user vcache, who must be able to read it.
vcl 4.1;

include "origin.vcl";
include "./edge.vcl";
