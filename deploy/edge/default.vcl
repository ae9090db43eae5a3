# What varnishd loads: where the load balancer is, and what the edge does.
#
# origin.vcl is looked up along vcl_path: put the folder with your own before this one.
vcl 4.1;

include "origin.vcl";
include "./edge.vcl";
