package io.cattleguard.respond.kubernetes.fabric8;

import java.util.Optional;

/**
 * The API server's answer about a valid bearer token.
 *
 * @param user the user name, such as {@code system:serviceaccount:NAMESPACE:NAME}
 * @param node the node of the pod that the token is bound to
 */
public record VerifiedToken(String user, Optional<String> node) {}
