/** The one place that configures AWS clients, so that every component calls AWS the same way. */
@NullMarked
package io.cattleguard.aws;

import org.jspecify.annotations.NullMarked;
