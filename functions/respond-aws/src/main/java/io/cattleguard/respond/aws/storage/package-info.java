/** The ports to an account's buckets and to the snapshots of its volumes. */
@NullMarked
package io.cattleguard.respond.aws.storage;

import org.jspecify.annotations.NullMarked;
