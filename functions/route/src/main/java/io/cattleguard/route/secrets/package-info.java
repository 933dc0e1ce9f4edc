/** Reads secrets from variables, files, AWS Secrets Manager or Parameter Store. */
@NullMarked
package io.cattleguard.route.secrets;

import org.jspecify.annotations.NullMarked;
