/** What actions need of a Kubernetes cluster: the port, its types and a simulated one. */
@NullMarked
package io.cattleguard.respond.kubernetes.cluster;

import org.jspecify.annotations.NullMarked;
