/** PagerDuty as a destination: its Events API v2. */
@NullMarked
package io.cattleguard.route.pagerduty;

import org.jspecify.annotations.NullMarked;
