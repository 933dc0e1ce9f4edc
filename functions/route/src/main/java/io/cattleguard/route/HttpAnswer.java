package io.cattleguard.route;

import java.util.Optional;

/**
 * What came back.
 *
 * @param status the HTTP status
 * @param retryAfter the header of that name, as it came
 * @param body the start of it
 */
record HttpAnswer(int status, Optional<String> retryAfter, String body) {}
