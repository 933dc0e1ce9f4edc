/** A real network, through the EC2 API. */
@NullMarked
package io.cattleguard.respond.aws.ec2;

import org.jspecify.annotations.NullMarked;
