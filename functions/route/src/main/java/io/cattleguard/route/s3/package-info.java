/** Amazon S3 as a destination: a lake of OCSF findings. */
@NullMarked
package io.cattleguard.route.s3;

import org.jspecify.annotations.NullMarked;
