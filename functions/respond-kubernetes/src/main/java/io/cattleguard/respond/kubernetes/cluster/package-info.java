/** The port to a Kubernetes cluster, its types and a simulated cluster. */
@NullMarked
package io.cattleguard.respond.kubernetes.cluster;

import org.jspecify.annotations.NullMarked;
