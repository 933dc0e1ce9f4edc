/** The state of the ledgers as numbers, for metrics and their alarms. */
@NullMarked
package io.cattleguard.respond.metrics;

import org.jspecify.annotations.NullMarked;
