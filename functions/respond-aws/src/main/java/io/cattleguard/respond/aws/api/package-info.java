/** How the API of an AWS service is called, and what an incomplete response means. */
@NullMarked
package io.cattleguard.respond.aws.api;

import org.jspecify.annotations.NullMarked;
