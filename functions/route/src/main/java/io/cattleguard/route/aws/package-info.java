/** What the destinations in AWS share: one client each, and the errors of AWS as outcomes. */
@NullMarked
package io.cattleguard.route.aws;

import org.jspecify.annotations.NullMarked;
