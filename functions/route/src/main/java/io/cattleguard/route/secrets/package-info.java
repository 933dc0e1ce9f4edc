/** Where secrets are: in variables, in files, and in AWS Secrets Manager or Parameter Store. */
@NullMarked
package io.cattleguard.route.secrets;

import org.jspecify.annotations.NullMarked;
