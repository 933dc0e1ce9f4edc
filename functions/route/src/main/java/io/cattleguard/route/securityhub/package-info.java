/** AWS Security Hub as a destination: findings about incidents. */
@NullMarked
package io.cattleguard.route.securityhub;

import org.jspecify.annotations.NullMarked;
