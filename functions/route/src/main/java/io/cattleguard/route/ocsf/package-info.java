/** Alerts as OCSF Detection Findings. */
@NullMarked
package io.cattleguard.route.ocsf;

import org.jspecify.annotations.NullMarked;
