/** A real network, through the APIs of EC2 and EC2 Auto Scaling. */
@NullMarked
package io.cattleguard.respond.aws.ec2;

import org.jspecify.annotations.NullMarked;
