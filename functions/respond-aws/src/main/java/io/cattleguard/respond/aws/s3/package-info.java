/** Real buckets, over the API of S3. */
@NullMarked
package io.cattleguard.respond.aws.s3;

import org.jspecify.annotations.NullMarked;
