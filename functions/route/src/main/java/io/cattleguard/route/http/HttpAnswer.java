package io.cattleguard.route.http;

import java.util.Optional;

/**
 * What came back.
 *
 * @param status the HTTP status
 * @param retryAfter the header of that name, as it came
 * @param body the start of it
 */
public record HttpAnswer(int status, Optional<String> retryAfter, String body) {}
