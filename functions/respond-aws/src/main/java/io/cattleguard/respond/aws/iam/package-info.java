/** Real identities, through the API of IAM. */
@NullMarked
package io.cattleguard.respond.aws.iam;

import org.jspecify.annotations.NullMarked;
