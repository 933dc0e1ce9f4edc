/** The Lambda function that contains pods in every configured cluster. */
@NullMarked
package io.cattleguard.respond.kubernetes;

import org.jspecify.annotations.NullMarked;
