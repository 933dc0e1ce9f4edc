/** Receives alerts over HTTP and answers once they are on disk. */
@NullMarked
package io.cattleguard.sensor.http;

import org.jspecify.annotations.NullMarked;
