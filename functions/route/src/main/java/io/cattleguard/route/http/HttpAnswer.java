package io.cattleguard.route.http;

import java.util.Optional;

/**
 * An HTTP response.
 *
 * @param status the HTTP status
 * @param retryAfter the value of that header
 * @param body the start of the body
 */
public record HttpAnswer(int status, Optional<String> retryAfter, String body) {}
