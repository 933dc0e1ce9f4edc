/** The ports to the lists of blocked addresses of an account, and to its own addresses. */
@NullMarked
package io.cattleguard.respond.aws.blocklist;

import org.jspecify.annotations.NullMarked;
