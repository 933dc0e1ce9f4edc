/** Reads recordings that are in AWS: log groups and S3 prefixes, without changing anything. */
@NullMarked
package io.cattleguard.app.recording.aws;

import org.jspecify.annotations.NullMarked;
