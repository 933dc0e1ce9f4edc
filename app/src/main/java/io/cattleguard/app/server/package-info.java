/** The road as a server: input, durable bus, journal, health and metrics. */
@NullMarked
package io.cattleguard.app.server;

import org.jspecify.annotations.NullMarked;
