/** The destination splunk-hec. */
@NullMarked
package io.cattleguard.route.splunk;

import org.jspecify.annotations.NullMarked;
