/** The action that blocks an address for a whole account, with its guards. */
@NullMarked
package io.cattleguard.respond.aws.actions.address;

import org.jspecify.annotations.NullMarked;
