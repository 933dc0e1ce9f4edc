/** Real block lists, over the APIs of AWS WAF and EC2. */
@NullMarked
package io.cattleguard.respond.aws.waf;

import org.jspecify.annotations.NullMarked;
