package io.cattleguard.respond;

import io.cattleguard.events.ResponseOutcome;

/**
 * What came of putting a contained object back.
 *
 * @param outcome released; failed, which is tried again; or refused, which is left to people
 */
record Undone(ResponseOutcome outcome, String explanation) {}
