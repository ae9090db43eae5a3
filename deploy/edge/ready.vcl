# Whether the load balancer has an instance that can answer. Sick after 2 bad of 3: about a second.
# The edge waits longer for an answer than the load balancer does, so that what has gone wrong is
# said by whoever is nearest to it.

probe ready {
    .request = "GET /lbz HTTP/1.1" "Host: lb" "Connection: close";
    .interval = 500ms;
    .timeout = 500ms;
    .window = 3;
    .threshold = 2;
    .initial = 2;
}
