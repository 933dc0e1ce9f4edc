/** Splunk as a destination: its HTTP Event Collector. */
@NullMarked
package io.cattleguard.route.splunk;

import org.jspecify.annotations.NullMarked;
