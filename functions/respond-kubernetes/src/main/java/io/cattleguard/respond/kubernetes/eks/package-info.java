/** The addresses of EKS clusters and the tokens for them. */
@NullMarked
package io.cattleguard.respond.kubernetes.eks;

import org.jspecify.annotations.NullMarked;
