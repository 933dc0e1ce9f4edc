/** A real network, over EC2's API. */
@NullMarked
package io.cattleguard.respond.aws.ec2;

import org.jspecify.annotations.NullMarked;
