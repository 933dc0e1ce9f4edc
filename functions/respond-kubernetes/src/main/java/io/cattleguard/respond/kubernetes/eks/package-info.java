/** Where EKS clusters are, and the tokens that they take. */
@NullMarked
package io.cattleguard.respond.kubernetes.eks;

import org.jspecify.annotations.NullMarked;
